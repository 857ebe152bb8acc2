// SPDX-License-Identifier: MIT
// A harmonic well in any number of dimensions.
#include <string>
#include <vector>

#include "liftwell/families/potential.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<double> centre;
  std::vector<double> stiffness = {1.0};

  void check(Problems& problems) const {
    if (centre.empty()) problems.add("centre", "must have at least one coordinate");
    if (stiffness.size() != 1 && stiffness.size() != centre.size())
      problems.add("stiffness", "must be one number or one for each coordinate of centre",
                   std::to_string(stiffness.size()) + " numbers", "1 or " + std::to_string(centre.size()));
  }
};

/// V(x) = Σ_d k_d (x_d − c_d)² / 2. At kT every coordinate is N(c_d, kT / k_d).
class Harmonic final : public Potential {
 public:
  explicit Harmonic(const Options& options) : centre_(options.centre), stiffness_(options.stiffness) {
    stiffness_.resize(centre_.size(), stiffness_.front());
  }
  [[nodiscard]] Index dimension() const override { return static_cast<Index>(centre_.size()); }

  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    if (energy != nullptr) Row(energy, x.lanes()).setZero();
    for (Index d = 0; d < dimension(); ++d) {
      const auto away = x.row(d) - centre_[static_cast<std::size_t>(d)];
      gradient.row(d) = stiffness_[static_cast<std::size_t>(d)] * away;
      if (energy != nullptr) Row(energy, x.lanes()) += 0.5 * gradient.row(d) * away;
    }
  }

 private:
  std::vector<double> centre_;
  std::vector<double> stiffness_;
};

}  // namespace

LIFTWELL_COMPONENT(harmonic) {
  return Declaration<Potential, Options>("harmonic", "Harmonic well in any number of dimensions.")
      .reference("Textbook: V(x) = sum over d of k_d (x_d - c_d)^2 / 2.")
      .parameter("centre", &Options::centre, unit::length,
                 "Position of the minimum; its length is the dimension of the system.", required())
      .parameter("stiffness", &Options::stiffness, unit::stiffness,
                 "Spring constant, one for all coordinates or one each.", above(0))
      .example("{type: harmonic, centre: [0, 1], stiffness: [1, 2]}")
      .creates<Harmonic>();
}

}  // namespace liftwell
