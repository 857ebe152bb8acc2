// SPDX-License-Identifier: MIT
// Whether the same windows, started in two ways, say the same.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "liftwell/families/chain_statistics.hpp"
#include "liftwell/families/diagnostic.hpp"
#include "liftwell/registry/registry.hpp"
#include "window_chains.hpp"

namespace liftwell {
namespace {

struct Options : ChainOptions {
  double z = 4;
};

struct Estimate {
  double value = 0, error = 0;
};

/// The mean of the chains with the error of as many independent values as they are worth.
Estimate mean_of(const std::vector<Vector>& chains) {
  const ChainStatistics statistics = chain_statistics(chains);
  return {statistics.mean, std::sqrt(statistics.variance / statistics.effective_size)};
}

/// The weight of the upper branch. One state is added to either branch, so that a branch that was never seen
/// does not count as surely empty; and where nothing was seen to change, only walkers are independent.
Estimate weight_of(const std::vector<Vector>& chains, double threshold, double margin) {
  const Branch branch(chains, threshold, margin);
  const ChainStatistics indicator = chain_statistics(branch.inside);
  const double size = branch.crossings > 0 ? indicator.effective_size : static_cast<double>(chains.size());
  const double p = (branch.weight * size + 1) / (size + 2);
  return {branch.weight, std::sqrt(p * (1 - p) / size)};
}

/// A window that keeps what it was started with does not show it by numbers of its own. Of each window that two
/// simulate stages both have, the means of the coordinates and of ξ, and the weights of branches, are compared:
///   z = (a − b) / sqrt(error_a² + error_b²),
/// with errors that count autocorrelation and the disagreement of walkers. Windows with |z| above the limit are
/// named: there the start decides, and free energies from them are as wrong as their starts. Between 2 and the limit
/// they are called unclear, as one in twenty of those that agree is: where more are, the mean of z² over all windows
/// tells, 1 where starts agree, or more walkers do. Agreement proves nothing where both policies start alike.
class StartAgreement final : public ConsistencyCheck {
 public:
  explicit StartAgreement(const Options& options) : options_(options), coordinates_(options.coordinates) {}

  bool needs_data() const override { return true; }
  Index data_stages() const override { return 2; }
  std::string misfit(Index dimension) const override { return coordinates_.misfit(dimension); }
  std::string misfit(const System& system) const override { return coordinates_.misfit(system); }

  Findings evaluate(const DiagnosticRequest& request) const override {
    std::vector<std::string> stages;
    std::vector<std::vector<BiasedEnsemble>> data;
    for (const BiasedEnsemble& item : request.data) {
      const auto at = std::find(stages.begin(), stages.end(), item.ensemble->info().stage) - stages.begin();
      if (at == std::ssize(stages)) {
        stages.push_back(item.ensemble->info().stage);
        data.emplace_back();
      }
      data[static_cast<std::size_t>(at)].push_back(item);
    }
    if (stages.size() != 2)
      throw InputError(fmt::format("start_agreement compares the ensembles of two stages, not of {}", stages.size()));
    Comparison all(stages);
    const auto first = window_chains(data[0], coordinates_, options_.max_frames);
    const auto second = window_chains(data[1], coordinates_, options_.max_frames);
    for (const WindowChains& window : first) {
      const auto other = std::find_if(second.begin(), second.end(), [&](const WindowChains& candidate) {
        return candidate.coarse == window.coarse && candidate.centre == window.centre;
      });
      if (other != second.end()) compare(window, *other, all);
    }
    all.alone = static_cast<double>(first.size() + second.size()) - 2 * all.windows;
    if (all.windows == 0)
      throw InputError(
          fmt::format("start_agreement: the stages {} and {} have no window in common", stages[0], stages[1]));
    return all.findings();
  }

 private:
  struct Comparison {
    explicit Comparison(const std::vector<std::string>& stages) {
      table = {fmt::format("Agreement of {} and {}, window by window", stages[0], stages[1]),
               {{"window", "", 0},
                {"what", "", 0},
                {stages[0], "", 4},
                {"its error", "", 4},
                {stages[1], "", 4},
                {"its error", "", 4},
                {"z", "", 1},
                {"verdict", "", 0}},
               {}};
    }
    [[nodiscard]] Findings findings() {
      out.values["start_agreement.windows"] = windows;
      out.values["start_agreement.windows_of_one"] = alone;
      out.values["start_agreement.differing_windows"] = differing;
      out.values["start_agreement.largest_z"] = largest;
      out.values["start_agreement.mean_square_z"] = squares / values;
      out.tables.push_back(std::move(table));
      return std::move(out);
    }

    Findings out;
    Table table;
    double windows = 0, alone = 0, differing = 0, largest = 0, squares = 0, values = 0;
  };

  void compare(const WindowChains& a, const WindowChains& b, Comparison& all) const {
    double largest = 0;
    const auto add = [&](const std::string& what, const Estimate& first, const Estimate& second) {
      const double difference = first.value - second.value;
      const double error = std::hypot(first.error, second.error);
      const double z = difference == 0 && error == 0 ? 0 : difference / error;  // equal constants agree
      const bool differ = !(std::abs(z) <= options_.z);
      all.table.rows.push_back({a.label(), what, first.value, first.error, second.value, second.error, z,
                                std::string(differ            ? "DIFFER"
                                            : std::abs(z) > 2 ? "unclear"
                                                              : "agree")});
      largest = std::max(largest, std::isnan(z) ? std::numeric_limits<double>::infinity() : std::abs(z));
      all.squares += z * z;
      ++all.values;
    };
    for (std::size_t q = 0; q < a.chains.size(); ++q) {
      add("mean of " + a.names[q], mean_of(a.chains[q]), mean_of(b.chains[q]));
      if (q < options_.thresholds.size()) {
        const double threshold = options_.thresholds[q];
        add(fmt::format("weight of {} > {:.4g}", a.names[q], threshold),
            weight_of(a.chains[q], threshold, options_.margin), weight_of(b.chains[q], threshold, options_.margin));
      }
    }
    ++all.windows;
    all.differing += !(largest <= options_.z);
    all.largest = std::max(all.largest, largest);
    if (!a.centre.empty())
      all.out.at(a.coarse, Eigen::Map<const Vector>(a.centre.data(), std::ssize(a.centre)))
          .values["start_agreement.largest_z"] = largest;
  }

  Options options_;
  CoarseMap coordinates_;
};

}  // namespace

LIFTWELL_COMPONENT(start_agreement) {
  return with_chains(Declaration<ConsistencyCheck, Options>(
                         "start_agreement", "Whether windows that were started in two ways say the same.")
                         .reference("Textbook: z = (a - b)/sqrt(s_a^2 + s_b^2); errors from the effective size of "
                                    "Gelman et al., Bayesian Data Analysis, 3rd ed., section 11.5."))
      .parameter("z", &Options::z, unit::dimensionless,
                 "Largest difference, in standard errors, at which a window's two runs agree.", above(0))
      .example("{type: start_agreement, coordinates: {type: coordinate, index: 1}, thresholds: 1.0}")
      .creates<StartAgreement>();
}

}  // namespace liftwell
