// SPDX-License-Identifier: MIT
// Rates between two core sets, counted in unbiased trajectories.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "liftwell/families/diagnostic.hpp"
#include "liftwell/families/frame_scan.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Core {
  std::vector<double> centre;
  double radius = 0;
};

Group<Core> core_parameters() {
  return Group<Core>()
      .parameter("centre", &Core::centre, unit::coarse, "Its centre, one number per coordinate.", required())
      .parameter("radius", &Core::radius, unit::coarse, "A walker is in it when it is no further than this.",
                 required() | above(0));
}

struct Options {
  std::vector<Component<CoarseVariable>> coordinates;
  Core from, to;

  void check(Problems& problems) const {
    for (const auto& [key, core] : {std::pair{"from", &from}, {"to", &to}})
      if (core->centre.size() != coordinates.size())
        problems.add(std::string(key) + ".centre", "must have one number per coordinate",
                     fmt::format("{} numbers", core->centre.size()), fmt::format("{} numbers", coordinates.size()));
    if (from.centre == to.centre)
      problems.add("to.centre", "is that of 'from' too", "", "two sets that do not overlap");
  }
};

/// What each walker did since it last was in one of the sets: for how long, and how often it then went over.
struct Passages {
  Vector time, changes;  ///< per walker
  explicit Passages(Index walkers) : time(Vector::Zero(walkers)), changes(time) {}
};

struct Rate {
  double value = 0, error = 0, changes = 0, time = 0;
};

/// k = Σ_w n_w / Σ_w t_w; its error from the spread of n_w − k t_w over walkers, which are independent.
Rate rate_of(const Passages& passages) {
  Rate out{.changes = passages.changes.sum(), .time = passages.time.sum()};
  const auto walkers = static_cast<double>(passages.time.size());
  out.value = out.changes / out.time;
  const double squares = (passages.changes - out.value * passages.time).squaredNorm();
  out.error = walkers > 1 ? std::sqrt(squares * walkers / (walkers - 1)) / out.time
                          : out.value / std::sqrt(out.changes);  // Poisson
  return out;
}

/// A walker belongs to the set it visited last, and counts from its first visit on. With n the times that walkers
/// of A came to B and t_A the time they belonged to A, k_AB = n / t_A is the rate of reactive trajectories per
/// time in A; 1/k_AB is the mean time from entering A to reaching B. Visits between two frames go unseen: save frames
/// more often than walkers leave the sets.
class TransitionRate final : public ConsistencyCheck {
 public:
  explicit TransitionRate(const Options& options) : options_(options), coordinates_(options.coordinates) {}

  bool needs_data() const override { return true; }
  std::string misfit(Index dimension) const override { return coordinates_.misfit(dimension); }
  std::string misfit(const System& system) const override { return coordinates_.misfit(system); }

  Findings evaluate(const DiagnosticRequest& request) const override {
    Index walkers = 0;
    for (const BiasedEnsemble& item : request.data) {
      if (item.bias != nullptr)
        throw InputError("transition_rate counts what walkers do by themselves, but those of stage " +
                         item.ensemble->info().stage + " are biased");
      walkers += item.ensemble->info().walkers;
    }
    Passages from(walkers), to(walkers);
    walkers = 0;
    for (const BiasedEnsemble& item : request.data) {
      follow(*item.ensemble, walkers, from, to);
      walkers += item.ensemble->info().walkers;
    }
    const Rate there = rate_of(from), back = rate_of(to);
    if (there.time == 0 && back.time == 0)
      throw InputError("transition_rate: no walker visited either set; are their centres and radii right?");

    Findings out;
    Table table{"Rates between the two sets",
                {{"direction", "", 0},
                 {"transitions", "", 0},
                 {"time in the first", "time", 1},
                 {"rate", "1/time", 5},
                 {"standard error", "1/time", 5},
                 {"mean first-passage time", "time", 4}},
                {}};
    const auto add = [&](const std::string& name, const std::string& direction, const Rate& rate) {
      const bool known = rate.changes > 0;
      out.values["transition_rate." + name] = known ? rate.value : std::nan("");
      out.values["transition_rate." + name + "_error"] = known ? rate.error : std::nan("");
      table.rows.push_back({direction, rate.changes, rate.time, out.values["transition_rate." + name],
                            out.values["transition_rate." + name + "_error"], known ? 1 / rate.value : std::nan("")});
    };
    add("there", "from -> to", there);
    add("back", "to -> from", back);
    out.tables.push_back(std::move(table));
    return out;
  }

 private:
  template <class Place>
  [[nodiscard]] bool within(const Core& core, const Place& place) const {
    double square = 0;
    for (Index k = 0; k < coordinates_.size(); ++k) {
      const double away = coordinates_.difference(k, place[k], core.centre[static_cast<std::size_t>(k)]);
      square += away * away;
    }
    return square <= core.radius * core.radius;
  }

  /// `first`: the number of the first walker of the ensemble among all.
  void follow(const Ensemble& ensemble, Index first, Passages& from, Passages& to) const {
    const EnsembleInfo& info = ensemble.info();
    const double frame_time = static_cast<double>(info.stride) * info.timestep;
    const auto intact = intact_walkers(info);
    std::vector<int> last(static_cast<std::size_t>(info.walkers), -1);  // none, 0: from, 1: to
    scan_frames(ensemble, 1, [&](const FrameBatch& batch) {
      const Matrix places = coordinates_.values(batch.positions, batch.rows(), batch.dimension);
      for (Index row = 0; row < places.rows(); ++row) {
        const Index walker = row % batch.walkers;
        if (!intact[static_cast<std::size_t>(walker)]) continue;
        int& set = last[static_cast<std::size_t>(walker)];
        if (set >= 0) (set == 0 ? from : to).time[first + walker] += frame_time;
        const int now = within(options_.from, places.row(row)) ? 0 : within(options_.to, places.row(row)) ? 1 : set;
        if (set >= 0 && now != set) (set == 0 ? from : to).changes[first + walker] += 1;
        set = now;
      }
    });
  }

  Options options_;
  CoarseMap coordinates_;
};

}  // namespace

LIFTWELL_COMPONENT(transition_rate) {
  return Declaration<ConsistencyCheck, Options>("transition_rate",
                                                "Rates between two sets, counted in unbiased trajectories.")
      .reference(
          "E and Vanden-Eijnden, Annu. Rev. Phys. Chem. 61, 391 (2010), eq. 24 (rate of reactive trajectories); sets "
          "visited last: Buchete and Hummer, J. Phys. Chem. B 112, 6057 (2008).")
      .parameter("coordinates", &Options::coordinates, unit::none, "Coarse variables that tell where the sets are.",
                 required())
      .group("from", &Options::from, "The first set, a ball.", core_parameters())
      .group("to", &Options::to, "The second set, a ball.", core_parameters())
      .example(
          "{type: transition_rate, coordinates: {type: coordinate, index: 0}, from: {centre: -1, radius: 0.1}, "
          "to: {centre: 1, radius: 0.1}}")
      .creates<TransitionRate>();
}

}  // namespace liftwell
