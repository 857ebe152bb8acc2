// SPDX-License-Identifier: MIT
// Whether the walkers of each window have forgotten where they started.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "liftwell/families/chain_statistics.hpp"
#include "liftwell/families/diagnostic.hpp"
#include "liftwell/families/frame_scan.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<CoarseVariable>> coordinates;
  std::vector<double> thresholds;
  double margin = 0;
  double r_hat = 1.1;
  std::int64_t min_crossings = 10;
  double min_weight = 0.01;
  std::int64_t max_frames = 2'000'000;

  void check(Problems& problems) const {
    if (!thresholds.empty() && thresholds.size() != coordinates.size())
      problems.add("thresholds", "must have one number per coordinate", fmt::format("{} numbers", thresholds.size()),
                   fmt::format("{} numbers", coordinates.size()));
  }
};

/// All walkers with one bias and one centre, whatever the cycle; unbiased walkers are one window.
struct Window {
  std::vector<double> centre;
  double frame_time = 0;                    ///< time between the frames looked at
  std::vector<std::vector<Vector>> chains;  ///< per coordinate, per walker
};

struct Branches {
  double weight = 0, error = 0;  ///< share of frames above the threshold; error from the spread of walkers
  double crossings = 0;          ///< of all walkers together
};

/// The coordinates to look at are the slow ones *orthogonal* to ξ: those a window may be stuck in. A
/// window is called unmixed when split R-hat is above `r_hat`, or when both sides of the threshold
/// hold at least `min_weight` of the frames and its walkers crossed fewer than `min_crossings` times
/// together. A window all of whose walkers stay on one side can be right or stuck: no number of its
/// own tells, so it is called "one side" and two different starts must be compared.
class Mixing final : public ConsistencyCheck {
 public:
  explicit Mixing(const Options& options) : options_(options), coordinates_(options.coordinates) {}

  bool needs_data() const override { return true; }
  std::string misfit(Index dimension) const override { return coordinates_.misfit(dimension); }

  Findings evaluate(const DiagnosticRequest& request) const override {
    const std::vector<Window> windows = read_windows(request);
    if (windows.empty()) throw InputError("mixing has no frames to look at");
    const bool branched = !options_.thresholds.empty();
    Table table{"Mixing of the windows, across walkers",
                {{"window", "", 0},
                 {"coordinate", "", 0},
                 {"walkers", "", 0},
                 {"split R-hat", "", 3},
                 {"autocorrelation time", "time", 4},
                 {"effective size", "", 0}},
                {}};
    if (branched)
      for (const Column& column :
           std::vector<Column>{{"weight above", "", 3}, {"standard error", "", 3}, {"crossings", "", 0}})
        table.columns.push_back(column);
    table.columns.push_back({"verdict", "", 0});

    double unmixed = 0, one_sided = 0, largest = 0, fewest = std::numeric_limits<double>::infinity();
    for (const Window& window : windows) {
      bool bad = false, lone = false;
      for (std::size_t c = 0; c < window.chains.size(); ++c) {
        const ChainStatistics statistics = chain_statistics(window.chains[c]);
        bool stuck = statistics.r_hat > options_.r_hat, side = false;
        auto& row = table.rows.emplace_back(std::vector<Cell>{
            window.centre.empty() ? std::string("unbiased")
                                  : fmt::format("{:.4g}", fmt::join(window.centre.begin(), window.centre.end(), ", ")),
            coordinates_.names()[c], static_cast<double>(window.chains[c].size()), statistics.r_hat,
            statistics.autocorrelation_time * window.frame_time, statistics.effective_size});
        if (branched) {
          const Branches branches = branches_of(window.chains[c], options_.thresholds[c]);
          side = std::min(branches.weight, 1 - branches.weight) < options_.min_weight;
          stuck |= !side && branches.crossings < static_cast<double>(options_.min_crossings);
          if (!side) fewest = std::min(fewest, branches.crossings);
          for (const double cell : {branches.weight, branches.error, branches.crossings}) row.emplace_back(cell);
        }
        row.emplace_back(stuck ? "NOT MIXED" : side ? "one side" : "mixed");
        largest = std::max(largest, statistics.r_hat);
        bad |= stuck;
        lone |= side && !stuck;
      }
      unmixed += bad;
      one_sided += lone && !bad;
    }
    Findings out;
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
  std::vector<Window> read_windows(const DiagnosticRequest& request) const {
    std::vector<std::shared_ptr<const Ensemble>> ensembles;
    for (const BiasedEnsemble& item : request.data) ensembles.push_back(item.ensemble);
    const Index stride = thinning(ensembles, options_.max_frames);
    std::map<std::pair<std::string, std::vector<double>>, Window> windows;
    for (const BiasedEnsemble& item : request.data) {
      const EnsembleInfo& info = item.ensemble->info();
      const Index frames = selected_frames(info, stride);
      if (frames == 0) continue;
      const Index size = coordinates_.size();
      std::vector<Vector> values(static_cast<std::size_t>(info.walkers * size), Vector(frames));
      scan_frames(*item.ensemble, stride, [&](const FrameBatch& batch) {
        const Matrix seen = coordinates_.values(batch.positions, batch.rows(), batch.dimension);
        for (Index row = 0; row < seen.rows(); ++row)
          for (Index c = 0; c < size; ++c)
            values[static_cast<std::size_t>((row % batch.walkers) * size + c)][batch.first + row / batch.walkers] =
                seen(row, c);
      });
      const auto intact = intact_walkers(info);
      for (Index w = 0; w < info.walkers; ++w) {
        if (!intact[static_cast<std::size_t>(w)]) continue;
        std::vector<double> centre;
        if (item.bias != nullptr) {
          const auto row = info.centres.row(info.window[static_cast<std::size_t>(w)]);
          centre.assign(row.begin(), row.end());
        }
        Window& window = windows[{item.bias != nullptr ? info.bias : "", centre}];
        window.centre = centre;
        window.frame_time = static_cast<double>(stride * info.stride) * info.timestep;
        window.chains.resize(static_cast<std::size_t>(size));
        for (Index c = 0; c < size; ++c)
          window.chains[static_cast<std::size_t>(c)].push_back(
              std::move(values[static_cast<std::size_t>(w * size + c)]));
      }
    }
    std::vector<Window> out;
    for (auto& [key, window] : windows) out.push_back(std::move(window));
    std::stable_sort(out.begin(), out.end(), [](const Window& a, const Window& b) { return a.centre < b.centre; });
    return out;
  }

  /// A crossing is counted when a walker that was beyond the margin on one side is beyond it on the
  /// other, so that trembling at the threshold does not count.
  Branches branches_of(const std::vector<Vector>& chains, double threshold) const {
    Branches out;
    std::vector<double> shares;
    for (const Vector& chain : chains) {
      double above = 0;
      int side = 0;
      for (const double value : chain) {
        above += value > threshold;
        const int now = value > threshold + options_.margin ? 1 : value < threshold - options_.margin ? -1 : 0;
        if (now == 0) continue;
        out.crossings += side != 0 && now != side;
        side = now;
      }
      shares.push_back(above / static_cast<double>(chain.size()));
      out.weight += shares.back() / static_cast<double>(chains.size());
    }
    const auto count = static_cast<double>(shares.size());
    for (const double share : shares)
      out.error += (share - out.weight) * (share - out.weight) / (count * std::max(1.0, count - 1));
    out.error = shares.size() > 1 ? std::sqrt(out.error) : std::nan("");
    return out;
  }

  Options options_;
  CoarseMap coordinates_;
};

}  // namespace

LIFTWELL_COMPONENT(mixing) {
  return Declaration<ConsistencyCheck, Options>("mixing", "Whether the walkers of each window forgot their starts.")
      .reference("Gelman et al., Bayesian Data Analysis, 3rd ed., section 11.4 (split R-hat).")
      .parameter("coordinates", &Options::coordinates, unit::none,
                 "Slow coordinates orthogonal to the biased one, in which a window may be stuck.", required())
      .parameter("thresholds", &Options::thresholds, unit::coarse,
                 "Per coordinate, the value that divides its two branches; enables branch weights and crossings.")
      .parameter("margin", &Options::margin, unit::coarse,
                 "A crossing counts once the walker is this far beyond the threshold.", at_least(0))
      .parameter("r_hat", &Options::r_hat, unit::dimensionless, "Windows with a larger split R-hat are not mixed.",
                 above(1))
      .parameter("min_crossings", &Options::min_crossings, unit::none,
                 "Windows with two branches and fewer crossings in all are not mixed.", at_least(0))
      .parameter("min_weight", &Options::min_weight, unit::dimensionless,
                 "Share of frames from which on a branch counts as one.", inside(0, 0.5))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to look at; more are thinned evenly.",
                 at_least(1))
      .example("{type: mixing, coordinates: {type: coordinate, index: 1}, thresholds: 1.0}")
      .creates<Mixing>();
}

}  // namespace liftwell
