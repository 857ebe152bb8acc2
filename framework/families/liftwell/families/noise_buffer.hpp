// SPDX-License-Identifier: MIT
// The normals of an integrator's steps, generated several steps at a time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/data/block.hpp"
#include "liftwell/families/walker_tile.hpp"

namespace liftwell {

/// How many normals a step takes, and whether it looks at those of the next.
struct NoiseRows {
  Index rows = 0;       ///< 0: one for each coordinate
  Index lookahead = 0;  ///< 1: step n also takes the normals of step n + 1, which follow in memory
};

/// Normal number d of step n of a walker is position n D + d of the walker's lane, D the normals of a step.
/// Steps are generated in runs that begin at multiples of four, so that no block of the generator is
/// computed twice, and that stay in the cache. Steps must be asked for one after the other.
class NoiseBuffer {
 public:
  /// For steps first_step … first_step + steps − 1.
  NoiseBuffer(const RandomStream& stream, const WalkerTile& tile, std::uint64_t first_step, std::int64_t steps,
              NoiseRows noise = {})
      : stream_(stream),
        first_walker_(tile.first_walker),
        walkers_(tile.walkers),
        rows_(noise.rows > 0 ? noise.rows : tile.position.rows()),
        lanes_(tile.position.lanes()),
        lookahead_(noise.lookahead),
        run_(std::clamp<Index>(cache_doubles / std::max<Index>(1, rows_ * lanes_) / 4 * 4, 4, 16)),
        begin_(first_step),
        end_(first_step),
        last_(first_step + static_cast<std::uint64_t>(steps + noise.lookahead)),
        normals_((run_ + noise.lookahead) * rows_, lanes_) {}

  /// D x lanes standard normals of step `n`; with lookahead followed by those of step n + 1.
  [[nodiscard]] ConstBlock step(std::uint64_t n) {
    if (n + static_cast<std::uint64_t>(lookahead_) >= end_) refill(n);
    const auto offset = static_cast<Index>(n - begin_) * rows_;
    return {normals_.block().data() + offset * lanes_, rows_ * (1 + lookahead_), lanes_};
  }

 private:
  static constexpr Index cache_doubles = 4096;

  void refill(std::uint64_t n) {
    ensure(n <= end_ && end_ < last_, "noise was asked for out of turn or past the steps announced");
    double* const data = normals_.block().data();
    const auto kept = static_cast<Index>(end_ - n);  // 0 or, with lookahead, the step already drawn
    std::copy_n(data + static_cast<Index>(n - begin_) * rows_ * lanes_, kept * rows_ * lanes_, data);
    const auto run = static_cast<std::uint64_t>(run_);
    const std::uint64_t end = std::min(last_, (end_ / run + 1) * run);
    draw(end_ * static_cast<std::uint64_t>(rows_), static_cast<Index>(end - end_) * rows_,
         data + kept * rows_ * lanes_);
    begin_ = n;
    end_ = end;
    // The very first call with lookahead may have met the end of a run after one step.
    if (n + static_cast<std::uint64_t>(lookahead_) >= end_) refill(n);
  }

  /// Of a few walkers each by itself: what eight walkers need is computed for as many.
  void draw(std::uint64_t first, Index count, double* out) const {
    constexpr Index few = 3;
    if (walkers_ == 0 || walkers_ > few) return fill_normals(stream_, first_walker_, first, count, lanes_, out, lanes_);
    for (Index walker = 0; walker < walkers_; ++walker)
      fill_normals_of_lane(stream_, first_walker_ + static_cast<std::uint32_t>(walker), first, count, out + walker,
                           lanes_);
  }

  RandomStream stream_;
  std::uint32_t first_walker_;
  Index walkers_;  ///< 0: as many as lanes
  Index rows_, lanes_, lookahead_, run_;
  std::uint64_t begin_, end_, last_;  ///< steps held now: begin_ … end_ − 1; none are needed from last_ on
  BlockBuffer normals_;
};

}  // namespace liftwell
