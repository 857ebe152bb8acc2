// SPDX-License-Identifier: MIT
// Wasserstein-1 distance between generated and true conditional laws, averaged over directions.
#include "sorted_line.hpp"
#include "two_sample_check.hpp"

namespace liftwell {
namespace {

struct Options : TwoSampleOptions {
  std::int64_t directions = 50;
};

/// The pooled states seen along each direction (coordinates x directions, unit columns).
class Slices final : public PooledSample {
 public:
  Slices(const Matrix& states, const Matrix& directions) {
    for (Index k = 0; k < directions.cols(); ++k) lines_.emplace_back(states * directions.col(k));
  }
  Matrix distances(const std::vector<Division>& divisions) const override {
    Matrix out = Matrix::Zero(1, static_cast<Index>(divisions.size()));
    for (const SortedLine& line : lines_)
      for (std::size_t p = 0; p < divisions.size(); ++p)
        out(0, static_cast<Index>(p)) += line.wasserstein(divisions[p]);
    return out / static_cast<double>(lines_.size());
  }

 private:
  std::vector<SortedLine> lines_;
};

class Sliced final : public SampleDistance {
 public:
  explicit Sliced(Matrix directions) : directions_(std::move(directions)) {}
  std::unique_ptr<PooledSample> pool(const Matrix& states) const override {
    return std::make_unique<Slices>(states, directions_);
  }

 private:
  Matrix directions_;
};

/// Mean over random directions θ of W₁(θ·x, θ·y): O(n log n) per direction by sorting. For a shift by
/// a in d dimensions it is |a| E|θ₁|: |a| for d = 1, 2|a|/π for d = 2, |a|/2 for d = 3.
class SlicedWasserstein final : public TwoSampleCheck {
 public:
  explicit SlicedWasserstein(const Options& options) : options_(options) {}

 private:
  Naming naming() const override { return {"sliced_wasserstein", "Sliced Wasserstein-1 distance", "sd"}; }
  const TwoSampleOptions& options() const override { return options_; }
  std::unique_ptr<SampleDistance> distance(const Matrix& scale, const RandomStream& stream) const override {
    if (scale.cols() == 1) return std::make_unique<Sliced>(Matrix::Ones(1, 1));
    RandomSequence random(stream, 0);
    Matrix directions(scale.cols(), options_.directions);
    for (double& number : directions.reshaped()) number = random.normal();
    directions.colwise().normalize();
    return std::make_unique<Sliced>(std::move(directions));
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(sliced_wasserstein) {
  return with_two_samples(Declaration<ConsistencyCheck, Options>(
                              "sliced_wasserstein",
                              "Wasserstein-1 distance between generated and true conditional laws, over directions.")
                              .reference("Bonneel, Rabin, Peyre, Pfister, J. Math. Imaging Vis. 51, 22 (2015), with "
                                         "the first power of the distance."))
      .parameter("directions", &Options::directions, unit::none,
                 "Random directions to average over; with one varying coordinate there is only one.", at_least(1))
      .example("{type: sliced_wasserstein, reference: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}}")
      .creates<SlicedWasserstein>();
}

}  // namespace liftwell
