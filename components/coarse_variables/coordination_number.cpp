// SPDX-License-Identifier: MIT
// How many atoms of one group are near those of another as coarse variable.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "atom_options.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : AtomOptions {
  std::vector<std::string> with;
  std::vector<std::int64_t> with_atoms;
  double radius = 0.3;
  std::int64_t numerator = 6;
  std::int64_t denominator = 12;

  [[nodiscard]] bool second_group() const { return !with.empty() || !with_atoms.empty(); }
  [[nodiscard]] AtomOptions others() const { return {with, with_atoms, topology}; }
  /// What is wrong with the second group, at its own keys; a bad file was found with the first one.
  void check_second(Problems& problems) const {
    Problems own;
    check_group(others(), own);
    for (const Problems::Problem& problem : own.all()) {
      const bool said = problem.key == "topology" && !topology.empty();
      const std::string key = problem.key == "of" ? "with" : problem.key == "atoms" ? "with_atoms" : problem.key;
      if (!said) problems.add(key, problem.message, problem.given, problem.allowed, problem.suggestion);
    }
  }
  void check(Problems& problems) const {
    check_group(*this, problems);
    if (second_group()) check_second(problems);
    if (denominator <= numerator)
      problems.add("denominator", "must be above numerator, or the sum does not fall to 0",
                   fmt::format("{}", denominator), fmt::format("above {}", numerator));
  }
};

/// Σ u^k for k < n, and its derivative by u.
std::pair<double, double> powers(double u, std::int64_t n) {
  double sum = 0, slope = 0;
  for (std::int64_t k = 0; k < n; ++k) {
    slope = slope * u + sum;
    sum = sum * u + 1;
  }
  return {sum, slope};
}

/// ξ(x) = Σ s(|r_i − r_j|/radius) over pairs of the two groups, each pair once and no atom with itself, with
/// s(u) = (1 − u^n)/(1 − u^m): near 1 for u < 1, 0 far out. Written as Σ_{k<n} u^k / Σ_{k<m} u^k it is smooth at u = 1.
class CoordinationNumber final : public CoarseVariable {
 public:
  explicit CoordinationNumber(const Options& options)
      : found_(find_group(options)),
        radius_(options.radius),
        numerator_(options.numerator),
        denominator_(options.denominator) {
    const FoundAtoms others = options.second_group() ? find_group(options.others()) : found_;
    for (const Index a : found_.atoms)
      for (const Index b : others.atoms)
        if (a != b) pairs_.emplace_back(std::min(a, b), std::max(a, b));
    std::sort(pairs_.begin(), pairs_.end());
    pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
    if (pairs_.empty()) throw InputError("coordination_number needs two different atoms");
    found_.atoms.insert(found_.atoms.end(), others.atoms.begin(), others.atoms.end());
  }

  [[nodiscard]] std::string misfit(Index dimension) const override { return found_.misfit(dimension); }
  [[nodiscard]] const Structure* molecule() const override { return found_.molecule.get(); }
  [[nodiscard]] ValueRange range() const override { return {.low = 0}; }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    gradient.flat().setZero();
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      double sum = 0;
      for (const auto& [a, b] : pairs_) {
        const Point between = point(x, a, lane) - point(x, b, lane);
        const double distance = norm(between), u = distance / radius_;
        const auto [above, above_slope] = powers(u, numerator_);
        const auto [below, below_slope] = powers(u, denominator_);
        sum += above / below;
        if (gradient.rows() == 0 || !(distance > 0)) continue;
        const double slope = (above_slope - above / below * below_slope) / below;
        const Point pull = (slope / (radius_ * distance)) * between;
        add(gradient, a, lane, pull);
        add(gradient, b, lane, -1.0 * pull);
      }
      value[lane] = sum;
    }
  }

 private:
  FoundAtoms found_;  ///< both groups
  std::vector<std::pair<Index, Index>> pairs_;
  double radius_;
  std::int64_t numerator_, denominator_;
};

}  // namespace

LIFTWELL_COMPONENT(coordination_number) {
  return with_atoms(Declaration<CoarseVariable, Options>("coordination_number",
                                                         "How many pairs of atoms of two groups are near each other.")
                        .measured_in(unit::dimensionless)
                        .reference("Iannuzzi, Laio and Parrinello, Phys. Rev. Lett. 90, 238302 (2003), "
                                   "doi:10.1103/PhysRevLett.90.238302, equation 6."),
                    "The first group")
      .parameter("with", &Options::with, unit::none, "The second group, in words; unset: the first one.")
      .parameter("with_atoms", &Options::with_atoms, unit::none,
                 "The second group, by index from 0, instead of 'with'.", at_least(0))
      .parameter("radius", &Options::radius, unit::length, "Distance at which a pair counts numerator/denominator.",
                 above(0))
      .parameter("numerator", &Options::numerator, unit::none, "Exponent n of 1 - u^n above the line.", between(1, 100))
      .parameter("denominator", &Options::denominator, unit::none, "Exponent m of 1 - u^m below the line.",
                 between(2, 200))
      .example("{type: coordination_number, atoms: [0, 1], with_atoms: [2, 3, 4], radius: 0.5}")
      .creates<CoordinationNumber>();
}

}  // namespace liftwell
