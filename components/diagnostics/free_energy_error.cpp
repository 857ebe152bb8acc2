// SPDX-License-Identifier: MIT
// How far an estimated free energy is from the exact one.
#include <algorithm>
#include <cmath>
#include <optional>

#include "liftwell/families/diagnostic.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::optional<double> up_to;
};

/// Over the bins with exact F ≤ up_to that were visited: e(z) = F(z) − exact F(z) − mean. F is known
/// up to a constant only, hence the mean over those bins is taken off.
class FreeEnergyError final : public ConsistencyCheck {
 public:
  explicit FreeEnergyError(const Options& options) : options_(options) {}

  bool needs_free_energy() const override { return true; }

  Findings evaluate(const DiagnosticRequest& request) const override {
    if (request.free_energy == nullptr || request.free_energy->reference.size() == 0)
      throw InputError(
          "free_energy_error needs a free energy with an exact reference; give the estimate stage one, "
          "such as 'reference: {type: quadrature, …}'");
    const FreeEnergy& result = *request.free_energy;
    std::vector<double> errors;
    double missed = 0;
    for (Index i = 0; i < result.values.size(); ++i) {
      if (std::isnan(result.reference[i]) || (options_.up_to && result.reference[i] > *options_.up_to)) continue;
      if (std::isnan(result.values[i]))
        ++missed;
      else
        errors.push_back(result.values[i] - result.reference[i]);
    }
    const auto bins = static_cast<double>(errors.size());
    double mean = 0, squares = 0, largest = 0;
    for (const double error : errors) mean += error / bins;
    for (const double error : errors) {
      squares += (error - mean) * (error - mean) / bins;
      largest = std::max(largest, std::abs(error - mean));
    }
    const double none = std::nan("");
    Findings out;
    out.values["free_energy_error.rms"] = errors.empty() ? none : std::sqrt(squares);
    out.values["free_energy_error.max"] = errors.empty() ? none : largest;
    out.values["free_energy_error.unvisited_bins"] = missed;
    out.tables.push_back(
        {"Error of the free energy against the exact one",
         {{"bins", "", 0}, {"unvisited", "", 0}, {"rms error", result.unit, 3}, {"largest error", result.unit, 3}},
         {{bins, missed, out.values["free_energy_error.rms"], out.values["free_energy_error.max"]}}});

    Table differences{"Differences against exact",
                      {{"difference", "", 0},
                       {"value", result.unit, 3},
                       {"exact", result.unit, 3},
                       {"error", result.unit, 3},
                       {"error / standard error", "", 2}},
                      {}};
    for (const FreeEnergyDifference& difference : result.differences) {
      if (!difference.reference) continue;
      const double error = difference.value - *difference.reference;
      out.values["free_energy_error." + difference.name] = error;
      out.values["free_energy_error." + difference.name + ".z"] = error / difference.standard_error;
      differences.rows.push_back(
          {difference.name, difference.value, *difference.reference, error, error / difference.standard_error});
    }
    if (!differences.rows.empty()) out.tables.push_back(std::move(differences));
    return out;
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(free_energy_error) {
  return Declaration<ConsistencyCheck, Options>("free_energy_error", "Error of a free energy against the exact one.")
      .reference("Textbook: root mean square difference of two curves known up to a constant.")
      .parameter("up_to", &Options::up_to, unit::energy, "Judge bins whose exact free energy is at most this.",
                 above(0))
      .example("{type: free_energy_error, up_to: 100}")
      .creates<FreeEnergyError>();
}

}  // namespace liftwell
