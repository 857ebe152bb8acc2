// SPDX-License-Identifier: MIT
// How far a group of atoms extends around its centre as coarse variable.
#include <string>
#include <vector>

#include "atom_options.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/pdb_file.hpp"

namespace liftwell {
namespace {

struct Options : AtomOptions {
  std::string weights = "equal";

  void check(Problems& problems) const {
    if (weights == "mass" && topology.empty())
      return problems.add("topology", "is needed to know the masses", "", "a PDB file, or weights: equal");
    check_group(*this, problems);
  }
};

/// ξ(x) = sqrt(Σ w_i |r_i − c|²), c = Σ w_i r_i, Σ w_i = 1, nm. ∂ξ/∂r_i = w_i (r_i − c)/ξ, 0 where all are at one
/// place.
class RadiusOfGyration final : public CoarseVariable {
 public:
  explicit RadiusOfGyration(const Options& options) : found_(find_group(options)), weights_(found_.atoms.size(), 1) {
    if (weights_.size() < 2) throw InputError("radius_of_gyration needs at least 2 atoms");
    if (options.weights == "mass") {
      const Topology topology = read_pdb(options.topology).topology;
      for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] = topology[found_.atoms[i]].element->mass;
    }
    double sum = 0;
    for (const double weight : weights_) sum += weight;
    for (double& weight : weights_) weight /= sum;
  }

  [[nodiscard]] std::string misfit(Index dimension) const override { return found_.misfit(dimension); }
  [[nodiscard]] const Structure* molecule() const override { return found_.molecule.get(); }
  [[nodiscard]] ValueRange range() const override { return {.low = 0}; }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    gradient.flat().setZero();
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      Point centre;
      for (std::size_t i = 0; i < weights_.size(); ++i) centre = centre + weights_[i] * point(x, found_.atoms[i], lane);
      double sum = 0;
      for (std::size_t i = 0; i < weights_.size(); ++i) {
        const Point away = point(x, found_.atoms[i], lane) - centre;
        sum += weights_[i] * dot(away, away);
      }
      const double radius = std::sqrt(sum);
      value[lane] = radius;
      if (gradient.rows() == 0 || !(radius > 0)) continue;
      for (std::size_t i = 0; i < weights_.size(); ++i)
        add(gradient, found_.atoms[i], lane, (weights_[i] / radius) * (point(x, found_.atoms[i], lane) - centre));
    }
  }

 private:
  FoundAtoms found_;
  std::vector<double> weights_;
};

}  // namespace

LIFTWELL_COMPONENT(radius_of_gyration) {
  return with_atoms(Declaration<CoarseVariable, Options>("radius_of_gyration",
                                                         "How far a group of atoms extends around its centre.")
                        .measured_in(unit::length)
                        .reference("Textbook: xi(x)^2 = sum w_i |r_i - c|^2 / sum w_i."),
                    "The group")
      .parameter("weights", &Options::weights, unit::none,
                 "How much each atom counts: all alike, or by the mass of its element (needs topology).",
                 one_of({"equal", "mass"}))
      .example("{type: radius_of_gyration, atoms: [0, 1, 2, 3, 4]}")
      .creates<RadiusOfGyration>();
}

}  // namespace liftwell
