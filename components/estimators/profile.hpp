// SPDX-License-Identifier: MIT
// From weights of samples to a free energy profile with bootstrap errors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "liftwell/families/circle.hpp"
#include "sampled_frames.hpp"

namespace liftwell {

/// Whether `value` lies in [low, high), taken on the circle where there is a period.
inline bool inside(double value, double low, double high, double period) {
  const double moved = folded(value, low, period);
  return moved >= low && moved < high;
}

/// Which sums each sample adds its weight to: first the cells of the grid, then for each region
/// pair the regions `of` and `against`.
class ProfileSums {
 public:
  ProfileSums(const SampledFrames& frames, const EstimationRequest& request);

  [[nodiscard]] Index size() const { return cells_ + regions_; }
  [[nodiscard]] Index cells() const { return cells_; }

  /// Calls `add` with every row of the sums that sample `n` contributes to.
  template <class Add>
  void for_each_row(Index n, const Add& add) const {
    if (const Index cell = cell_[static_cast<std::size_t>(n)]; cell >= 0) add(cell);
    for (Index r = 0; r < regions_; ++r)
      if (member_[static_cast<std::size_t>(n * regions_ + r)] != 0) add(cells_ + r);
  }

  /// The sums over all samples of their weights.
  [[nodiscard]] Vector weighed(const Vector& sample_weights) const;

 private:
  Index cells_, regions_;
  std::vector<Index> cell_;
  std::vector<std::uint8_t> member_;
};

/// Weights of the blocks in each replicate (blocks x replicates), those of their frames included. Within each state
/// with B > 1 blocks, B − 1 are drawn with replacement and weighted by B/(B − 1): the spread of replicates then has the
/// variance of the mean without the factor (B − 1)/B of drawing B (Rao and Wu, J. Am. Stat. Assoc. 83, 231 (1988), with
/// m = n − 1). Replicate r uses lane r of `stream`.
[[nodiscard]] FloatMatrix bootstrap_weights(const SampledFrames& frames, Index replicates, const RandomStream& stream);

/// How many independent events each of the sums rests on: frames, (Σ w)²/Σ g w² over samples of weight w, 1/g what each
/// is worth by itself; or visits, the same over the times that a walker came, stayed and went (for longer than four
/// mean stays), with the weight of each, where these are more. A bin on the way is visited anew long before a walker
/// has forgotten all. At least 1 where there are any.
[[nodiscard]] Vector independent_counts(const ProfileSums& layout, const SampledFrames& frames,
                                        const Vector& sample_weights);

/// Adds a note where replicates had no solution.
void note_failures(SampledFrames& frames, Index failed, Index replicates);

namespace detail {
/// Standard deviation of the finite entries; NaN when fewer than half are finite.
[[nodiscard]] double spread(const Vector& values);
/// Half the range that holds the middle 68 % of the finite entries: the standard deviation where they are normal, and
/// deaf to a few that are far off; NaN when fewer than half are finite.
[[nodiscard]] double central_spread(const Vector& values);
}  // namespace detail

/// The result from `sums` (one weight per cell and region) and its bootstrap `replicates` (columns).
///   F(z) = −kT ln p(z) − min F
///   stderr of F(z): spread over replicates of F_r(z) − F(z) − Σ_z p(z) [F_r(z) − F(z)],
/// that is of F aligned at its probability-weighted mean.
///
/// Bins and regions of fewer than 20 `independent` events (where given) are known by the luck that they were visited,
/// and replicates draw from no more than what was seen there. The error is then at least that of a rate λ of which n
/// events were counted, when nothing else is known of ln λ: of a Gamma law of shape n, whose ln has the variance ψ'(n)
/// (1/n for many, 1.64 for one). The mean is of the other bins, where there are any; where the minimum is a bin of few,
/// a note says so. Differences between regions that left-out frames belong to are NaN, with a note that says so.
[[nodiscard]] FreeEnergy make_profile(const EstimationRequest& request, std::string estimator,
                                      const ProfileSums& layout, const Vector& sums, const Matrix& replicates,
                                      const SampledFrames& frames, const Vector& independent);

}  // namespace liftwell
