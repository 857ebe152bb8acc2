// SPDX-License-Identifier: MIT
// Targets over the range of ξ visited so far and a little beyond its edges.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>

#include "liftwell/families/frame_scan.hpp"
#include "liftwell/families/target_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<CoarseVariable> on;
  double spacing = 0;
  double anchor = 0;
  std::int64_t beyond = 1;
  std::int64_t min_frames = 10;
  std::optional<double> low;
  std::optional<double> high;

  void check(Problems& problems) const {
    if (low && high && *low > *high)
      problems.add("high", "must not be below 'low'", fmt::format("{}", *high),
                   fmt::format("a number from {} on", *low));
  }
};

/// Centres sit on the fixed lattice anchor + k·spacing, so windows of different cycles coincide. A
/// lattice value counts as visited when at least min_frames frames lie within half a spacing of it.
/// Targets run from the first to the last visited value, and `beyond` more on either side, inside
/// the limits. Nothing is new, and the targets are exhausted, when each of them was visited or was
/// the centre of an earlier window already (where a wall keeps walkers from following their window).
class Frontier final : public TargetPolicy {
 public:
  explicit Frontier(const Options& options) : options_(options), coarse_({options.on}) {}

  const CoarseMap& coarse() const override { return coarse_; }
  bool needs_data() const override { return true; }

  Targets propose(const TargetRequest& request) const override {
    std::map<Index, Index> frames;  // lattice number -> frames
    std::map<Index, bool> simulated;
    for (const auto& ensemble : request.data) {
      const EnsembleInfo& info = ensemble->info();
      const auto intact = intact_walkers(info);
      scan_frames(*ensemble, 1, [&](const FrameBatch& batch) {
        const Matrix values = coarse_.values(batch.positions, batch.rows(), batch.dimension);
        for (Index row = 0; row < values.rows(); ++row)
          if (intact[static_cast<std::size_t>(row % batch.walkers)] && std::isfinite(values(row, 0)))
            ++frames[number(values(row, 0))];
      });
      if (!info.bias.empty() && info.coarse == coarse_.names())
        for (Index window = 0; window < info.centres.rows(); ++window)
          simulated[number(info.centres(window, 0))] = true;
    }
    std::erase_if(frames, [&](const auto& cell) { return cell.second < options_.min_frames; });
    if (frames.empty())
      throw InputError(
          fmt::format("frontier found no value of {} with {} frames or more; give it data, or lower "
                      "min_frames",
                      coarse_.names()[0], options_.min_frames));

    const Index first = frames.begin()->first, last = frames.rbegin()->first;
    std::vector<double> values;
    Index fresh = 0, outside = 0;
    for (Index k = first - options_.beyond; k <= last + options_.beyond; ++k) {
      const double centre = value(k);
      const double slack = 1e-9 * options_.spacing;
      if ((options_.low && centre < *options_.low - slack) || (options_.high && centre > *options_.high + slack)) {
        ++outside;
        continue;
      }
      values.push_back(centre);
      fresh += !frames.contains(k) && !simulated.contains(k);
    }
    if (values.empty())
      throw InputError(fmt::format("frontier has no target inside its limits; {} was visited from {:.4g} to {:.4g}",
                                   coarse_.names()[0], value(first), value(last)));
    Targets out{.coarse = coarse_.names(),
                .values = Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()))};
    out.exhausted = fresh == 0;
    out.note = fmt::format("{} visited from {:.4g} to {:.4g}; {} targets from {:.4g} to {:.4g}, {} of them new{}",
                           coarse_.names()[0], value(first), value(last), values.size(), values.front(), values.back(),
                           fresh, outside > 0 ? fmt::format(", {} outside the limits", outside) : "");
    return out;
  }

 private:
  Index number(double xi) const { return static_cast<Index>(std::llround((xi - options_.anchor) / options_.spacing)); }
  double value(Index k) const { return options_.anchor + static_cast<double>(k) * options_.spacing; }

  Options options_;
  CoarseMap coarse_;
};

}  // namespace

LIFTWELL_COMPONENT(frontier) {
  return Declaration<TargetPolicy, Options>("frontier", "Targets over the range visited so far and beyond its edges.")
      .reference("Chiavazzo et al., PNAS 114, E5494 (2017), for exploring from the edge of what is known.")
      .parameter("on", &Options::on, unit::none, "Coarse variable of the targets (exactly one).", required())
      .parameter("spacing", &Options::spacing, unit::coarse, "Distance between neighbouring targets.",
                 required() | above(0))
      .parameter("anchor", &Options::anchor, unit::coarse, "A value that is on the lattice of targets.")
      .parameter("beyond", &Options::beyond, unit::none, "Targets past each edge of the visited range.", at_least(0))
      .parameter("min_frames", &Options::min_frames, unit::none,
                 "Frames within half a spacing that make a lattice value visited.", at_least(1))
      .parameter("low", &Options::low, unit::coarse, "No target below this value.")
      .parameter("high", &Options::high, unit::coarse, "No target above this value.")
      .example("{type: frontier, on: {type: coordinate, index: 0}, spacing: 0.085, low: -1.5, high: 1.2}")
      .creates<Frontier>();
}

}  // namespace liftwell
