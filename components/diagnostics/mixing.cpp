// SPDX-License-Identifier: MIT
// Whether the walkers of each window have forgotten where they started.
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
  double r_hat = 1.1;
  std::int64_t min_crossings = 10;
  double min_weight = 0.01;
};

enum class Verdict { mixed, one_side, unmixed };

const char* word(Verdict verdict) {
  return verdict == Verdict::unmixed ? "NOT MIXED" : verdict == Verdict::one_side ? "one side" : "mixed";
}

/// What the branches of one coordinate say.
struct Crossings {
  double weight = 0, error = 0;  ///< as in Branch
  double counted = 0;            ///< changes of branch
  double effective = 0;          ///< of these, as many as count
  Verdict verdict = Verdict::mixed;
};

/// The coordinates to look at are the slow ones *orthogonal* to ξ: those a window may be stuck in. ξ itself is
/// looked at too. A window is not mixed when split R-hat of one of them is above `r_hat`. Branches are judged
/// by the crossings between them that count: a process of two states with weights p and 1 − p whose indicator
/// is worth n_eff independent values changes state 4 p (1 − p) n_eff times, so that
///   effective crossings = min(changes of state seen, 4 p (1 − p) n_eff).
/// The second bounds the count where walkers tremble at the threshold, the first where the independent starts
/// of walkers that never cross pass for independent values. With `min_crossings` of them and an R-hat of the
/// indicator below `r_hat` the window knows the weights of its branches, however small one is. With fewer it is
/// not mixed when both branches hold at least `min_weight`; else it is called "one side": it can be right or
/// stuck, no number of its own tells, and two different starts must be compared (start_agreement).
class Mixing final : public ConsistencyCheck {
 public:
  explicit Mixing(const Options& options) : options_(options), coordinates_(options.coordinates) {}

  bool needs_data() const override { return true; }
  std::string misfit(Index dimension) const override { return coordinates_.misfit(dimension); }
  std::string misfit(const System& system) const override { return coordinates_.misfit(system); }

  Findings evaluate(const DiagnosticRequest& request) const override {
    const std::vector<WindowChains> windows = window_chains(request.data, coordinates_, options_.max_frames);
    if (windows.empty()) throw InputError("mixing has no frames to look at");
    const bool branched = !options_.thresholds.empty();
    Findings out;
    Table table = empty_table(branched);
    double unmixed = 0, one_sided = 0, largest = 0, fewest = std::numeric_limits<double>::infinity();
    for (const WindowChains& window : windows) {
      Verdict worst = Verdict::mixed;
      double r_hat = 1, size = std::numeric_limits<double>::infinity(), crossings = size;
      for (std::size_t q = 0; q < window.chains.size(); ++q) {
        const ChainStatistics statistics = chain_statistics(window.chains[q]);
        Verdict verdict = statistics.r_hat > options_.r_hat ? Verdict::unmixed : Verdict::mixed;
        auto& row = table.rows.emplace_back(std::vector<Cell>{
            window.label(), window.names[q], static_cast<double>(window.chains[q].size()), statistics.r_hat,
            (statistics.statistical_inefficiency - 1) / 2 * window.frame_time, statistics.effective_size});
        if (q < options_.thresholds.size()) {
          const Crossings branches = crossings_of(window.chains[q], options_.thresholds[q]);
          for (const double cell : {branches.weight, branches.error, branches.counted, branches.effective})
            row.emplace_back(cell);
          verdict = std::max(verdict, branches.verdict);
          if (branches.verdict != Verdict::one_side) crossings = std::min(crossings, branches.effective);
        } else if (branched) {
          row.resize(row.size() + 4, std::nan(""));  // xi has no branches
        }
        row.emplace_back(word(verdict));
        worst = std::max(worst, verdict);
        r_hat = std::max(r_hat, statistics.r_hat);
        size = std::min(size, statistics.effective_size);
      }
      unmixed += worst == Verdict::unmixed;
      one_sided += worst == Verdict::one_side;
      largest = std::max(largest, r_hat);
      fewest = std::min(fewest, crossings);
      if (window.centre.empty()) continue;
      auto& found =
          out.at(window.coarse, Eigen::Map<const Vector>(window.centre.data(), std::ssize(window.centre))).values;
      found["mixing.r_hat"] = r_hat;
      found["mixing.effective_size"] = size;
      if (branched && std::isfinite(crossings)) found["mixing.crossings"] = crossings;
      found["mixing.unmixed"] = worst == Verdict::unmixed;
    }
    out.values["mixing.windows"] = static_cast<double>(windows.size());
    out.values["mixing.unmixed_windows"] = unmixed;
    out.values["mixing.largest_r_hat"] = largest;
    if (branched) {
      out.values["mixing.one_sided_windows"] = one_sided;
      out.values["mixing.fewest_crossings"] = fewest;
    }
    out.tables.push_back(std::move(table));
    return out;
  }

 private:
  static Table empty_table(bool branched) {
    Table out{"Mixing of the windows, across walkers",
              {{"window", "", 0},
               {"coordinate", "", 0},
               {"walkers", "", 0},
               {"split R-hat", "", 3},
               {"autocorrelation time", "time", 4},
               {"effective size", "", 0}},
              {}};
    if (branched)
      for (const Column& column : std::vector<Column>{{"weight above", "", 3},
                                                      {"standard error", "", 3},
                                                      {"crossings", "", 0},
                                                      {"effective crossings", "", 0}})
        out.columns.push_back(column);
    out.columns.push_back({"verdict", "", 0});
    return out;
  }

  Crossings crossings_of(const std::vector<Vector>& chains, double threshold) const {
    const Branch branch(chains, threshold, options_.margin);
    const ChainStatistics indicator = chain_statistics(branch.inside);
    const double p = indicator.mean;
    Crossings out{branch.weight, branch.error, branch.crossings,
                  std::min(branch.crossings, 4 * p * (1 - p) * indicator.effective_size), Verdict::mixed};
    const double minor = std::min(p, 1 - p);
    const bool enough = out.effective >= static_cast<double>(options_.min_crossings);
    if (minor > 0 && enough && !(indicator.r_hat > options_.r_hat)) return out;
    out.verdict = minor < options_.min_weight ? Verdict::one_side : Verdict::unmixed;
    return out;
  }

  Options options_;
  CoarseMap coordinates_;
};

}  // namespace

LIFTWELL_COMPONENT(mixing) {
  return with_chains(
             Declaration<ConsistencyCheck, Options>("mixing", "Whether the walkers of each window forgot their starts.")
                 .reference("Gelman et al., Bayesian Data Analysis, 3rd ed., sections 11.4 and 11.5 (split R-hat, "
                            "effective size); Buchete and Hummer, J. Phys. Chem. B 112, 6057 (2008) (crossings between "
                            "core sets)."))
      .parameter("r_hat", &Options::r_hat, unit::dimensionless, "Windows with a larger split R-hat are not mixed.",
                 above(1))
      .parameter("min_crossings", &Options::min_crossings, unit::none,
                 "Effective crossings from which on a window knows the weights of its two branches.", at_least(0))
      .parameter("min_weight", &Options::min_weight, unit::dimensionless,
                 "With too few crossings, the share of frames from which on a branch makes a window unmixed.",
                 inside(0, 0.5))
      .example("{type: mixing, coordinates: {type: coordinate, index: 1}, thresholds: 1.0}")
      .creates<Mixing>();
}

}  // namespace liftwell
