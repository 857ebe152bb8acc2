// SPDX-License-Identifier: MIT
// Energy distance between the conditional law of generated states and the true one.
#include "pair_distances.hpp"
#include "sorted_line.hpp"
#include "two_sample_check.hpp"

namespace liftwell {
namespace {

struct Options : TwoSampleOptions {
  std::int64_t permutation_subsample = 400;
};

class OneLine final : public PooledSample {
 public:
  explicit OneLine(const Matrix& states) : line_(states.col(0)) {}
  Matrix distances(const std::vector<Division>& divisions) const override {
    Matrix out(1, static_cast<Index>(divisions.size()));
    for (std::size_t p = 0; p < divisions.size(); ++p) out(0, static_cast<Index>(p)) = line_.energy(divisions[p]);
    return out;
  }

 private:
  SortedLine line_;
};

/// One coordinate: sorting, O(n log n), for the distance and its permutations. More: all pairs, as
/// they come for the distance, kept for the permutations of a part of the states.
class Energy final : public SampleDistance {
 public:
  Energy(Index coordinates, Index limit) : coordinates_(coordinates), limit_(limit) {}
  std::unique_ptr<PooledSample> pool(const Matrix& states) const override {
    if (coordinates_ == 1) return std::make_unique<OneLine>(states);
    return std::make_unique<PairDistances>(states);
  }
  Vector between(const Matrix& x, const Matrix& y) const override {
    if (coordinates_ == 1) return SampleDistance::between(x, y);
    return Vector::Constant(1, energy_distance(x, y));
  }
  Index permutation_limit() const override { return coordinates_ == 1 ? SampleDistance::permutation_limit() : limit_; }

 private:
  Index coordinates_, limit_;
};

class EnergyDistance final : public TwoSampleCheck {
 public:
  explicit EnergyDistance(const Options& options) : options_(options) {}

 private:
  Naming naming() const override { return {"energy_distance", "Energy distance", "sd"}; }
  const TwoSampleOptions& options() const override { return options_; }
  std::unique_ptr<SampleDistance> distance(const Matrix& scale, const RandomStream&) const override {
    return std::make_unique<Energy>(scale.cols(), options_.permutation_subsample);
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(energy_distance) {
  return with_two_samples(Declaration<ConsistencyCheck, Options>(
                              "energy_distance", "Distance between generated and true conditional laws.")
                              .reference("Szekely and Rizzo, J. Stat. Plan. Inference 143, 1249 (2013), eq. 2.5."))
      .parameter("permutation_subsample", &Options::permutation_subsample, unit::none,
                 "Most states of either kind in the permutation test where more than one coordinate varies.",
                 at_least(8))
      .example("{type: energy_distance, reference: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}}")
      .creates<EnergyDistance>();
}

}  // namespace liftwell
