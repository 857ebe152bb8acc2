// SPDX-License-Identifier: MIT
#include "liftwell/base/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <numbers>
#include <set>
#include <vector>

#include "liftwell/base/error.hpp"
#include "liftwell/data/block.hpp"

using namespace liftwell;

namespace {

/// Box-Muller as fill_normals documents it, with the standard library's functions.
double expected_normal(const RandomStream& stream, std::uint32_t lane, std::uint64_t position) {
  const auto words = philox(stream, lane, position / 4);
  const std::size_t pair = position % 4 / 2 * 2;
  const double radius = std::sqrt(-2 * std::log((words[pair] + 0.5) / 4294967296.0));
  const std::uint32_t angle = words[pair + 1];
  const double quarter = ((angle & 0x3FFFFFFF) + 0.5) / 1073741824.0 * std::numbers::pi / 2;
  return position % 2 == 0 ? (angle >> 31 ? -1 : 1) * radius * std::cos(quarter)
                           : (angle >> 30 & 1 ? -1 : 1) * radius * std::sin(quarter);
}

double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// Largest distance between the empirical distribution of `sample` and `law`, times sqrt(n).
template <class Law>
double kolmogorov_smirnov(std::vector<double> sample, const Law& law) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double p = law(sample[i]);
    distance =
        std::max({distance, std::abs(p - static_cast<double>(i) / n), std::abs(p - static_cast<double>(i + 1) / n)});
  }
  return distance * std::sqrt(n);
}

/// `positions` x `lanes` normals.
BlockBuffer normals(const RandomStream& stream, std::uint32_t lane, std::uint64_t position, Index positions,
                    Index lanes) {
  BlockBuffer out(positions, lanes);
  fill_normals(stream, lane, position, positions, lanes, out.block().data(), lanes);
  return out;
}

double correlation(const double* a, const double* b, Index n) {
  const Eigen::Map<const Eigen::ArrayXd> x(a, n), y(b, n);
  return (x * y).mean();
}

}  // namespace

TEST_CASE("philox gives the published known answers", "[unit]") {
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0}, 0, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0ULL, ~0U}, ~0U, ~0ULL) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x299f31d0a4093822, 0x03707344}, 0x13198a2e, 0x85a308d3243f6a88) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("philox agrees with Random123's own implementation", "[unit]") {
  RandomSequence random({42, 0}, 0);
  for (int i = 0; i < 1000; ++i) {
    const RandomStream stream{random(), static_cast<std::uint32_t>(random())};
    const auto lane = static_cast<std::uint32_t>(random());
    const std::uint64_t block = random();
    const r123::Philox4x32::ctr_type counter = {
        {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), lane, stream.cycle}};
    const r123::Philox4x32::key_type key = {
        {static_cast<std::uint32_t>(stream.key), static_cast<std::uint32_t>(stream.key >> 32)}};
    const auto expected = r123::Philox4x32()(counter, key);
    const auto words = philox(stream, lane, block);
    for (std::size_t w = 0; w < 4; ++w) REQUIRE(words[w] == expected[w]);
  }
}

TEST_CASE("named streams differ by seed, names, order, boundaries and cycle", "[unit]") {
  const auto key = [](std::uint64_t seed, std::initializer_list<std::string_view> names) {
    return RandomStream::named(seed, names).key;
  };
  const std::set<std::uint64_t> keys{
      key(1, {}),         key(2, {}),     key(1, {"a"}),       key(1, {"b"}),       key(1, {"a", "b"}),
      key(1, {"b", "a"}), key(1, {"ab"}), key(1, {"a", ""}),   key(1, {"", "a"}),   key(1, {"a", "a"}),
      key(2, {"a", "b"}), key(0, {}),     key(1, {"ab", "c"}), key(1, {"a", "bc"}), key(1, {"a", "b", "c"})};
  CHECK(keys.size() == 15);
  CHECK(RandomStream::named(1, {"a"}, 3).cycle == 3);
  CHECK(philox(RandomStream::named(1, {"a"}, 3), 0, 0) != philox(RandomStream::named(1, {"a"}, 4), 0, 0));
}

TEST_CASE("the key of a named stream never changes between versions", "[unit]") {
  // Written down once; a change here breaks `resume` of every existing run folder.
  CHECK(RandomStream::named(2023, {"windows", "integrator noise"}).key == 0x4DF59BB0522198D8ULL);
}

TEST_CASE("fill_normals is Box-Muller on philox words to 1e-9", "[unit]") {
  const RandomStream stream = RandomStream::named(7, {"normals"}, 2);
  // Positions that begin and end inside blocks, a lane past 2^31, and a block number past 2^32.
  for (const std::uint64_t first :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{6}, (std::uint64_t{1} << 40) + 3}) {
    for (const std::uint32_t lane : {0U, 5U, 0xFFFFFF00U}) {
      for (const Index positions : {1, 2, 4, 9, 20}) {
        const BlockBuffer out = normals(stream, lane, first, positions, 16);
        for (Index p = 0; p < positions; ++p)
          for (Index w = 0; w < 16; ++w)
            REQUIRE(std::abs(out.block()(p, w) - expected_normal(stream, lane + static_cast<std::uint32_t>(w),
                                                                 first + static_cast<std::uint64_t>(p))) < 1e-9);
      }
    }
  }
}

TEST_CASE("One lane by itself has the normals that it has among others, to the bit", "[unit]") {
  const RandomStream stream = RandomStream::named(7, {"normals"}, 2);
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{3}, (std::uint64_t{1} << 34) - 6})
    for (const Index positions : {1, 2, 31, 32, 33, 70}) {
      const BlockBuffer all = normals(stream, 5, first, positions, 8);
      BlockBuffer one(positions, 8);
      fill_normals_of_lane(stream, 7, first, positions, one.block().data() + 3, 8);
      for (Index p = 0; p < positions; ++p) {
        REQUIRE(one.block()(p, 3) == all.block()(p, 2));
        REQUIRE(one.block()(p, 4) == 0);
      }
    }
}

TEST_CASE("a normal depends on lane and position only, bit for bit", "[unit]") {
  const RandomStream stream = RandomStream::named(7, {"normals"});
  const BlockBuffer all = normals(stream, 100, 50, 21, 64);
  for (const Index cut : {1, 3, 4, 10}) {
    const BlockBuffer head = normals(stream, 100, 50, cut, 64);
    const BlockBuffer tail = normals(stream, 124, 50 + static_cast<std::uint64_t>(cut), 21 - cut, 8);
    for (Index p = 0; p < 21; ++p)
      for (Index w = 24; w < 32; ++w) {
        const double split = p < cut ? head.block()(p, w) : tail.block()(p - cut, w - 24);
        REQUIRE(std::memcmp(&split, &all.block()(p, w), sizeof split) == 0);
      }
  }
}

TEST_CASE("fill_normals refuses lanes that are not a multiple of eight", "[unit]") {
  BlockBuffer out(1, 16);
  CHECK_THROWS_AS(fill_normals({1, 0}, 0, 0, 1, 12, out.block().data(), 16), InternalError);
}

// Fixed seed; each bound is passed by a correct generator with probability above 0.999. Seen to fail
// when the angle covered half its range (distribution of each normal of a block) and when the lane was
// left out of the counter (moments, distribution).
TEST_CASE("normals have the moments and the distribution of N(0, 1)", "[statistics]") {
  constexpr Index lanes = 1024, positions = 1024;
  const BlockBuffer out = normals(RandomStream::named(2023, {"moments"}), 0, 0, positions, lanes);
  const auto z = out.block().flat();
  const auto n = static_cast<double>(z.size());
  CHECK(std::abs(z.mean()) < 3.3 / std::sqrt(n));
  CHECK(std::abs(z.square().mean() - 1) < 3.3 * std::sqrt(2 / n));
  CHECK(std::abs(z.cube().mean()) < 3.3 * std::sqrt(15 / n));
  CHECK(std::abs(z.square().square().mean() - 3) < 3.3 * std::sqrt(96 / n));
  CHECK(z.abs().maxCoeff() < 6.77);
  CHECK(kolmogorov_smirnov({z.data(), z.data() + z.size()}, normal_distribution) < 1.95);
  for (Index i = 0; i < 4; ++i) {
    INFO("normal " << i << " of each block");
    std::vector<double> sample;
    for (Index p = i; p < positions; p += 4)
      sample.insert(sample.end(), &out.block()(p, 0), &out.block()(p, 0) + lanes);
    CHECK(kolmogorov_smirnov(sample, normal_distribution) < 2.2);
  }
}

// Each bound is passed with probability above 0.9999. Seen to fail when the lane was left out of the
// counter (every correlation), and, in the squares only, when the second normal of a pair took the
// first one's size.
TEST_CASE("lanes, positions, cycles and names are independent", "[statistics]") {
  constexpr Index lanes = 4096, positions = 64;
  const RandomStream stream = RandomStream::named(2023, {"independence"}, 1);
  const BlockBuffer out = normals(stream, 0, 0, positions, lanes);
  const double* z = out.block().data();
  const Index n = lanes * positions;
  const auto bound = [](Index count) { return 3.9 / std::sqrt(static_cast<double>(count)); };
  CHECK(std::abs(correlation(z, z + 1, n - 1)) < bound(n));  // neighbouring lanes
  for (const Index lag : {1, 2, 3, 4, 5, 8})                 // positions, in and across blocks
    CHECK(std::abs(correlation(z, z + lag * lanes, n - lag * lanes)) < bound(n - lag * lanes));
  for (const RandomStream& other :
       {RandomStream{stream.key, 2}, RandomStream{stream.key + 1, 1}, RandomStream::named(2024, {"independence"}, 1)}) {
    const BlockBuffer apart = normals(other, 0, 0, positions, lanes);
    CHECK(std::abs(correlation(z, apart.block().data(), n)) < bound(n));
  }
  // Squares too: the pair of one Box-Muller transform shares a radius, which must not show.
  std::vector<double> squares(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) squares[static_cast<std::size_t>(i)] = (z[i] * z[i] - 1) / std::numbers::sqrt2;
  for (const Index lag : {1, 2, 3})
    CHECK(std::abs(correlation(squares.data(), squares.data() + lag * lanes, n - lag * lanes)) < bound(n));
}

TEST_CASE("a random sequence is uniform, and normal where asked", "[statistics]") {
  RandomSequence random(RandomStream::named(2023, {"sequence"}), 5);
  std::vector<double> uniforms, gaussians;
  for (int i = 0; i < 100000; ++i) {
    uniforms.push_back(random.uniform());
    gaussians.push_back(random.normal());
  }
  CHECK(*std::min_element(uniforms.begin(), uniforms.end()) > 0);
  CHECK(*std::max_element(uniforms.begin(), uniforms.end()) < 1);
  CHECK(kolmogorov_smirnov(uniforms, [](double u) { return u; }) < 1.95);
  CHECK(kolmogorov_smirnov(gaussians, normal_distribution) < 1.95);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts.at(random.below(7));
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - 10000.0) * (count - 10000.0) / 10000.0;
  CHECK(chi_squared < 22.5);  // 6 degrees of freedom, 0.999
}

TEST_CASE("a random sequence repeats from the same place and refuses nonsense", "[unit]") {
  const RandomStream stream = RandomStream::named(3, {"sequence"});
  RandomSequence a(stream, 1), b(stream, 1), later(stream, 1, 1);
  const std::uint64_t first = a();
  CHECK(b() == first);
  (void)a();  // two 64-bit numbers to a block
  CHECK(later() == a());
  CHECK(a.below(1) == 0);
  CHECK_THROWS_AS(a.below(0), InternalError);
}
