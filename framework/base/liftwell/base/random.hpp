// SPDX-License-Identifier: MIT
// Counter-based random numbers: every number is a pure function of (seed, names, cycle, walker,
// position), so results do not depend on threads, batches or restarts.
//
// Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC'11, doi:10.1145/2063384.2063405).
// Key (64 bit): the user's seed mixed with stable names (stage, purpose).
// Counter (128 bit): words 0-1 block number within the lane's stream, word 2 lane (walker, sample),
// word 3 cycle. One block gives four 32-bit words, and so four normals.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace liftwell {

struct RandomStream {
  std::uint64_t key = 0;
  std::uint32_t cycle = 0;

  /// The stream of a named owner: random_stream(seed, {"windows", "integrator noise"}, cycle).
  static RandomStream named(std::uint64_t seed, std::initializer_list<std::string_view> names, std::uint32_t cycle = 0);
  /// A stream of its own for a named part of this owner's work.
  [[nodiscard]] RandomStream part(std::initializer_list<std::string_view> names) const {
    return named(key, names, cycle);
  }
};

/// Four words of lane `lane`, block `block`.
[[nodiscard]] std::array<std::uint32_t, 4> philox(const RandomStream& stream, std::uint32_t lane, std::uint64_t block);

/// Standard normals by Box-Muller from 32-bit words (largest magnitude 6.76), right to 1e-9 absolute.
/// Position p comes from block p / 4: words 0 and 1 give its normals 0 and 1, words 2 and 3 the others.
/// out[p * stride + w] is position first_position + p of lane first_lane + w, for p < positions and
/// w < lanes. `lanes` and `stride` must be multiples of 8 and `out` 64-byte aligned; the value of an
/// entry depends only on (stream, lane, position).
void fill_normals(const RandomStream& stream, std::uint32_t first_lane, std::uint64_t first_position,
                  std::int64_t positions, std::int64_t lanes, double* out, std::int64_t stride);

/// The same numbers of one lane alone, position p in out[(p − first_position) stride].
void fill_normals_of_lane(const RandomStream& stream, std::uint32_t lane, std::uint64_t first_position,
                          std::int64_t positions, double* out, std::int64_t stride);

/// A sequential view of one lane, for everything that is not a hot loop: shuffles, bootstrap,
/// Metropolis decisions. Satisfies UniformRandomBitGenerator (64 bit).
class RandomSequence {
 public:
  using result_type = std::uint64_t;
  RandomSequence(RandomStream stream, std::uint32_t lane, std::uint64_t first_block = 0)
      : stream_(stream), lane_(lane), block_(first_block) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();
  double uniform();                          ///< in (0, 1), both ends excluded; 52 bits
  double normal();                           ///< standard normal
  std::uint64_t below(std::uint64_t bound);  ///< uniform on 0 … bound − 1, without bias

 private:
  RandomStream stream_;
  std::uint32_t lane_;
  std::uint64_t block_;
  std::array<std::uint32_t, 4> words_{};
  int used_ = 4;
};

}  // namespace liftwell
