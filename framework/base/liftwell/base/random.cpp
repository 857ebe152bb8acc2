// SPDX-License-Identifier: MIT
// Philox4x32-10, scalar and with four to eight lanes at once, and Box-Muller on its words.
#include "liftwell/base/random.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/base/simd.hpp"

namespace liftwell {
namespace {

constexpr std::uint32_t multiplier_0 = 0xD2511F53;
constexpr std::uint32_t multiplier_1 = 0xCD9E8D57;
constexpr std::uint32_t weyl_0 = 0x9E3779B9;
constexpr std::uint32_t weyl_1 = 0xBB67AE85;
constexpr int rounds = 10;

/// A bijection of 64-bit words in which every input bit reaches every output bit (SplitMix64's
/// finaliser, Steele, Lea, Flood, OOPSLA 2014, figure 15).
std::uint64_t scramble(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// 64-bit FNV-1a.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xCBF29CE484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return h;
}

}  // namespace

RandomStream RandomStream::named(std::uint64_t seed, std::initializer_list<std::string_view> names,
                                 std::uint32_t cycle) {
  // Each name is hashed alone and folded in by a step that does not commute, so that neither the
  // order of the names nor the place where one ends and the next begins is lost.
  std::uint64_t key = scramble(seed + 0x9E3779B97F4A7C15);
  for (const std::string_view name : names)
    key = scramble(key * 0x9E3779B97F4A7C15 + scramble(hash(name)) + name.size());
  return {key, cycle};
}

std::array<std::uint32_t, 4> philox(const RandomStream& stream, std::uint32_t lane, std::uint64_t block) {
  std::array<std::uint32_t, 4> x{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), lane,
                                 stream.cycle};
  auto key_0 = static_cast<std::uint32_t>(stream.key);
  auto key_1 = static_cast<std::uint32_t>(stream.key >> 32);
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t a = std::uint64_t{multiplier_0} * x[0];
    const std::uint64_t b = std::uint64_t{multiplier_1} * x[2];
    x = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ key_0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ key_1, static_cast<std::uint32_t>(a)};
    key_0 += weyl_0;
    key_1 += weyl_1;
  }
  return x;
}

namespace {

using namespace simd;

/// One 32-bit word per 64-bit lane, in the low half; the high half is scratch, because the
/// multiplication reads low halves only.
struct WordBlock {
  W x0, x1, x2, x3;
};

struct KeySchedule {
  HWY_ALIGN std::uint64_t key_0[rounds][8];
  HWY_ALIGN std::uint64_t key_1[rounds][8];
  explicit KeySchedule(std::uint64_t key) {
    auto k0 = static_cast<std::uint32_t>(key);
    auto k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < rounds; ++round, k0 += weyl_0, k1 += weyl_1)
      for (int i = 0; i < 8; ++i) {
        key_0[round][i] = k0;
        key_1[round][i] = k1;
      }
  }
};

HWY_INLINE W multiply_low_halves(W a, W b) {
  return hn::MulEven(hn::BitCast(half_words, a), hn::BitCast(half_words, b));
}

HWY_INLINE WordBlock philox_lanes(WordBlock x, const KeySchedule& keys) {
  const W m0 = hn::Set(words, multiplier_0);
  const W m1 = hn::Set(words, multiplier_1);
#pragma GCC unroll 10
  for (int round = 0; round < rounds; ++round) {
    const W a = multiply_low_halves(x.x0, m0);
    const W b = multiply_low_halves(x.x2, m1);
    x.x0 = hn::Xor(hn::Xor(x.x1, hn::Load(words, keys.key_0[round])), hn::ShiftRight<32>(b));
    x.x1 = b;
    x.x2 = hn::Xor(hn::Xor(x.x3, hn::Load(words, keys.key_1[round])), hn::ShiftRight<32>(a));
    x.x3 = a;
  }
  return x;
}

constexpr std::uint64_t bits_of_2_52 = 0x4330000000000000;
constexpr double two_52 = 4503599627370496.0;

struct NormalPair {
  V first, second;
};

/// Box-Muller: with u = (a + 1/2) / 2^32 and an angle of 2 pi (b + 1/2) / 2^32 (its octant counted
/// from 45 degrees), r = sqrt(-2 ln u), the pair is r cos, r sin. The two top bits of b choose the
/// signs; the other 30 give the angle phi in (-pi/4, pi/4), and cos(phi + pi/4) = (cos phi - sin phi)
/// / sqrt 2, sin(phi + pi/4) = (cos phi + sin phi) / sqrt 2, so that no quadrant is selected by
/// blending and the sqrt 2 cancels. The polynomials are Chebyshev interpolants: ln to 2e-11
/// relative, sin and cos to 7e-11, so a normal is right to 1e-9 absolute.
HWY_INLINE NormalPair box_muller(W a, W b) {
  // y = a + 1/2, exactly, as y = 2^e m with m in [sqrt(1/2), sqrt(2)); -ln u = (32 - e) ln 2 - ln m.
  const W exponent_of_2_52 = hn::Set(words, bits_of_2_52);
  const V y = hn::Sub(from_bits(hn::Or(hn::And(a, hn::Set(words, 0xFFFFFFFF)), exponent_of_2_52)), set(two_52 - 0.5));
  constexpr std::uint64_t bits_of_sqrt_half = 0x3FE6A09E667F3BCD;
  constexpr std::uint64_t bias = 64;  // keeps e + bias positive: y can be as small as 1/2
  const W offset = hn::Sub(bits(y), hn::Set(words, bits_of_sqrt_half - (bias << 52)));
  const V from_32 = hn::Sub(set(two_52 + 32.0 + bias), from_bits(hn::Or(hn::ShiftRight<52>(offset), exponent_of_2_52)));
  const V m =
      from_bits(hn::Add(hn::And(offset, hn::Set(words, 0x000FFFFFFFFFFFFF)), hn::Set(words, bits_of_sqrt_half)));
  const V f = hn::Sub(m, set(1.0));
  static constexpr double log_coefficients[] = {
      0.9999999999874651,   -0.5000000003595171,  0.3333333424920659,   -0.24999992728449305, 0.19999888139973632,
      -0.16667024572009081, 0.1429081173942899,   -0.12495435324992145, 0.11006038270379548,  -0.09945996186719662,
      0.1004720511888933,   -0.09804420067786203, 0.05235888516923783};
  const V minus_log_u = hn::NegMulAdd(f, polynomial(f, log_coefficients), hn::Mul(from_32, set(std::numbers::ln2)));
  const V radius = hn::Sqrt(minus_log_u);

  const W low_30 = hn::Or(hn::And(b, hn::Set(words, 0x3FFFFFFF)), exponent_of_2_52);
  constexpr double angle_step = std::numbers::pi / 4 / 0x1p29;
  const V steps = hn::Sub(from_bits(low_30), set(two_52 + 0x1p29));
  const V phi = hn::MulAdd(steps, set(angle_step), set(angle_step / 2));
  const V z = hn::Mul(phi, phi);
  static constexpr double sine_coefficients[] = {0.9999999999956731, -0.16666666631591165, 0.00833332878245888,
                                                 -0.000198392022122311, 2.7173456841089953e-06};
  static constexpr double cosine_coefficients[] = {0.9999999999524894, -0.4999999961485761, 0.041666616692532826,
                                                   -0.0013886617999647076, 2.4379831251175367e-05};
  const V sine = hn::Mul(phi, polynomial(z, sine_coefficients));
  const V cosine = polynomial(z, cosine_coefficients);
  const W sign_bit = hn::Set(words, std::uint64_t{1} << 63);
  const W first_sign = hn::And(hn::ShiftLeft<32>(b), sign_bit);
  const W second_sign = hn::And(hn::ShiftLeft<33>(b), sign_bit);
  const V first = hn::Mul(radius, hn::Sub(cosine, sine));
  const V second = hn::Mul(radius, hn::Add(cosine, sine));
  return {from_bits(hn::Xor(bits(first), first_sign)), from_bits(hn::Xor(bits(second), second_sign))};
}

}  // namespace

void fill_normals(const RandomStream& stream, std::uint32_t first_lane, std::uint64_t first_position,
                  std::int64_t positions, std::int64_t lanes, double* out, std::int64_t stride) {
  ensure(lanes % 8 == 0 && stride % 8 == 0, "fill_normals needs lanes and stride in multiples of 8");
  if (positions <= 0) return;
  const KeySchedule keys(stream.key);
  const std::uint64_t first_block = first_position / 4;
  const std::uint64_t end_block = (first_position + static_cast<std::uint64_t>(positions) + 3) / 4;
  const W lane_offsets = hn::Iota(words, 0);
  for (std::uint64_t block = first_block; block < end_block; ++block) {
    const W low = hn::Set(words, block & 0xFFFFFFFF);
    const W high = hn::Set(words, block >> 32);
    const W cycle = hn::Set(words, stream.cycle);
    // Row of `out` that the block's first normal would have; the ends of the range may cut a block.
    const auto row = static_cast<std::int64_t>(block * 4 - first_position);
    const bool whole = row >= 0 && row + 4 <= positions;
    for (std::int64_t w = 0; w < lanes; w += width()) {
      const W lane = hn::Add(lane_offsets, hn::Set(words, first_lane + static_cast<std::uint64_t>(w)));
      const WordBlock random = philox_lanes({low, high, lane, cycle}, keys);
      const NormalPair a = box_muller(random.x0, random.x1);
      const NormalPair b = box_muller(random.x2, random.x3);
      const V normals[4] = {a.first, a.second, b.first, b.second};
      double* const target = out + row * stride + w;
      if (whole) {
        for (int i = 0; i < 4; ++i) hn::Store(normals[i], doubles, target + i * stride);
      } else {
        for (int i = 0; i < 4; ++i)
          if (row + i >= 0 && row + i < positions) hn::Store(normals[i], doubles, target + i * stride);
      }
    }
  }
}

void fill_normals_of_lane(const RandomStream& stream, std::uint32_t lane, std::uint64_t first_position,
                          std::int64_t positions, double* out, std::int64_t stride) {
  if (positions <= 0) return;
  const KeySchedule keys(stream.key);
  const std::uint64_t end_block = (first_position + static_cast<std::uint64_t>(positions) + 3) / 4;
  const std::int64_t together = width();
  HWY_ALIGN double normals[4][8];
  for (std::uint64_t block = first_position / 4; block < end_block; block += static_cast<std::uint64_t>(together)) {
    const W blocks = hn::Add(hn::Iota(words, 0), hn::Set(words, block));
    const W low = hn::And(blocks, hn::Set(words, 0xFFFFFFFF));
    const WordBlock random =
        philox_lanes({low, hn::ShiftRight<32>(blocks), hn::Set(words, lane), hn::Set(words, stream.cycle)}, keys);
    const NormalPair a = box_muller(random.x0, random.x1);
    const NormalPair b = box_muller(random.x2, random.x3);
    hn::Store(a.first, doubles, normals[0]);
    hn::Store(a.second, doubles, normals[1]);
    hn::Store(b.first, doubles, normals[2]);
    hn::Store(b.second, doubles, normals[3]);
    const auto row = static_cast<std::int64_t>(block * 4 - first_position);
    for (std::int64_t i = std::max<std::int64_t>(0, -row); i < std::min(4 * together, positions - row); ++i)
      out[(row + i) * stride] = normals[i % 4][i / 4];
  }
}

std::uint64_t RandomSequence::operator()() {
  if (used_ == 4) {
    words_ = philox(stream_, lane_, block_++);
    used_ = 0;
  }
  const auto i = static_cast<std::size_t>(used_);
  used_ += 2;
  return words_[i] | std::uint64_t{words_[i + 1]} << 32;
}

double RandomSequence::uniform() { return (static_cast<double>((*this)() >> 12) + 0.5) * 0x1p-52; }

double RandomSequence::normal() {
  const double radius = std::sqrt(-2.0 * std::log(uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t RandomSequence::below(std::uint64_t bound) {
  ensure(bound > 0, "a random number below 0 was asked for");
  // Reject the few top values that would make small results more likely.
  const std::uint64_t rest = (max() % bound + 1) % bound;
  std::uint64_t value = (*this)();
  while (value > max() - rest) value = (*this)();
  return value % bound;
}

}  // namespace liftwell
