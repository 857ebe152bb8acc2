// SPDX-License-Identifier: MIT
// Kolmogorov-Smirnov distance between generated and true conditional laws, coordinate by coordinate.
#include "coordinate_lines.hpp"
#include "two_sample_check.hpp"

namespace liftwell {
namespace {

struct Options : TwoSampleOptions {};

/// max |F − G| per coordinate. The p-value is by permutation: exact for any number of states, where the
/// asymptotic one is not. Sees each coordinate by itself, no dependence between them.
class KolmogorovSmirnov final : public TwoSampleCheck {
 public:
  explicit KolmogorovSmirnov(const Options& options) : options_(options) {}

 private:
  Naming naming() const override { return {"kolmogorov_smirnov", "Kolmogorov-Smirnov distance", "", true}; }
  const TwoSampleOptions& options() const override { return options_; }
  std::unique_ptr<SampleDistance> distance(const Matrix&, const RandomStream&) const override {
    return std::make_unique<CoordinateDistance<&SortedLine::kolmogorov>>();
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
