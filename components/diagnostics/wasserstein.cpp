// SPDX-License-Identifier: MIT
// Wasserstein-1 distance between generated and true conditional laws, coordinate by coordinate.
#include "coordinate_lines.hpp"
#include "two_sample_check.hpp"

namespace liftwell {
namespace {

struct Options : TwoSampleOptions {};

/// ∫ |F − G| dx per coordinate, in standard deviations of the coordinate: by how much probability has to be moved. Sees
/// each coordinate by itself, no dependence between them. With a representation of a molecule it says which bonds,
/// angles and torsions are wrong.
class Wasserstein final : public TwoSampleCheck {
 public:
  explicit Wasserstein(const Options& options) : options_(options) {}

 private:
  Naming naming() const override { return {"wasserstein", "Wasserstein-1 distance", "sd", true}; }
  const TwoSampleOptions& options() const override { return options_; }
  std::unique_ptr<SampleDistance> distance(const Matrix&, const RandomStream&) const override {
    return std::make_unique<CoordinateDistance<&SortedLine::wasserstein>>();
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(wasserstein) {
  return with_two_samples(
             Declaration<ConsistencyCheck, Options>(
                 "wasserstein",
                 "Wasserstein-1 distance between generated and true conditional laws, coordinate by coordinate.")
                 .reference("Textbook: integral of |F(x) - G(x)| of the two empirical distribution functions."))
      .example("{type: wasserstein, reference: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}}")
      .creates<Wasserstein>();
}

}  // namespace liftwell
