// SPDX-License-Identifier: MIT
// Kolmogorov-Smirnov distance between generated and true conditional laws, coordinate by coordinate.
#include "sorted_line.hpp"
#include "two_sample_check.hpp"

namespace liftwell {
namespace {

struct Options : TwoSampleOptions {};

class Lines final : public PooledSample {
 public:
  explicit Lines(const Matrix& states) {
    for (Index c = 0; c < states.cols(); ++c) lines_.emplace_back(states.col(c));
  }
  Matrix distances(const std::vector<Division>& divisions) const override {
    Matrix out(static_cast<Index>(lines_.size()), static_cast<Index>(divisions.size()));
    for (Index c = 0; c < out.rows(); ++c)
      for (Index p = 0; p < out.cols(); ++p)
        out(c, p) = lines_[static_cast<std::size_t>(c)].kolmogorov(divisions[static_cast<std::size_t>(p)]);
    return out;
  }

 private:
  std::vector<SortedLine> lines_;
};

class Kolmogorov final : public SampleDistance {
 public:
  std::unique_ptr<PooledSample> pool(const Matrix& states) const override { return std::make_unique<Lines>(states); }
};

/// max |F − G| per coordinate. The p-value is by permutation: exact for any number of states, where the
/// asymptotic one is not. Sees each coordinate by itself, no dependence between them.
class KolmogorovSmirnov final : public TwoSampleCheck {
 public:
  explicit KolmogorovSmirnov(const Options& options) : options_(options) {}

 private:
  Naming naming() const override { return {"kolmogorov_smirnov", "Kolmogorov-Smirnov distance", "", true}; }
  const TwoSampleOptions& options() const override { return options_; }
  std::unique_ptr<SampleDistance> distance(const Matrix&, const RandomStream&) const override {
    return std::make_unique<Kolmogorov>();
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(kolmogorov_smirnov) {
  return with_two_samples(
             Declaration<ConsistencyCheck, Options>(
                 "kolmogorov_smirnov", "Largest difference of distribution functions, coordinate by coordinate.")
                 .reference("Textbook: max |F(x) - G(x)| of the two empirical distribution functions."))
      .example("{type: kolmogorov_smirnov, reference: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}}")
      .creates<KolmogorovSmirnov>();
}

}  // namespace liftwell
