// SPDX-License-Identifier: MIT
#include "window_chains.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "liftwell/families/frame_scan.hpp"

namespace liftwell {
namespace {

/// What the frames of one ensemble show, per quantity and walker: quantity * walkers + walker.
std::vector<Vector> read_chains(const BiasedEnsemble& item, const CoarseMap& coordinates, Index stride) {
  const EnsembleInfo& info = item.ensemble->info();
  const Index frames = selected_frames(info, stride);
  const CoarseMap* xi = item.bias != nullptr ? &item.bias->coarse() : nullptr;
  const Index size = coordinates.size() + (xi != nullptr ? xi->size() : 0);
  std::vector<Vector> out(static_cast<std::size_t>(size * info.walkers), Vector(frames));
  scan_frames(*item.ensemble, stride, [&](const FrameBatch& batch) {
    const auto add = [&](const CoarseMap& map, Index first, bool around_centre) {
      const Matrix seen = map.values(batch.positions, batch.rows(), batch.dimension);
      for (Index row = 0; row < seen.rows(); ++row) {
        const Index walker = row % batch.walkers;
        for (Index c = 0; c < map.size(); ++c) {
          double value = seen(row, c);
          if (around_centre) {
            const double centre = info.centres(info.window[static_cast<std::size_t>(walker)], c);
            value = centre + map.difference(c, value, centre);
          }
          out[static_cast<std::size_t>((first + c) * info.walkers + walker)][batch.first + row / batch.walkers] = value;
        }
      }
    };
    add(coordinates, 0, false);
    if (xi != nullptr) add(*xi, coordinates.size(), item.bias->centred());
  });
  return out;
}

/// The variables of the bias that are not among those watched: a variable is, when one of its name is, whose values are
/// the same (on the circle).
std::vector<Index> not_watched(const std::vector<Vector>& chains, const CoarseMap& coordinates, const CoarseMap& xi,
                               Index walkers) {
  const auto same_values = [&](Index watched, Index k) {
    for (Index w = 0; w < walkers; ++w) {
      const Vector& a = chains[static_cast<std::size_t>(watched * walkers + w)];
      const Vector& b = chains[static_cast<std::size_t>((coordinates.size() + k) * walkers + w)];
      for (Index f = 0; f < a.size(); ++f)
        if (!(std::abs(xi.difference(k, a[f], b[f])) <= 1e-9 * (1 + std::abs(b[f])))) return false;
    }
    return true;
  };
  std::vector<Index> out;
  for (Index k = 0; k < xi.size(); ++k) {
    bool watched = false;
    for (Index c = 0; c < coordinates.size() && !watched; ++c)
      watched = coordinates.names()[static_cast<std::size_t>(c)] == xi.names()[static_cast<std::size_t>(k)] &&
                same_values(c, k);
    if (!watched) out.push_back(k);
  }
  return out;
}

}  // namespace

void ChainOptions::check(Problems& problems) const {
  if (!thresholds.empty() && thresholds.size() != coordinates.size())
    problems.add("thresholds", "must have one number per coordinate", fmt::format("{} numbers", thresholds.size()),
                 fmt::format("{} numbers", coordinates.size()));
  const CoarseMap map(coordinates);
  for (Index k = 0; k < std::min<Index>(map.size(), std::ssize(thresholds)); ++k) {
    const double threshold = thresholds[static_cast<std::size_t>(k)], half = map.period(k) / 2;
    if (!(half > 0)) {
      if (const auto misfit = map.misfit_of_value(k, threshold); !misfit.empty()) problems.add("thresholds", misfit);
    } else if (std::abs(threshold) + margin >= half) {
      problems.add(std::abs(threshold) < half ? "margin" : "thresholds",
                   fmt::format("no value of {} is on the other side: it goes from {:.4g} to {:.4g}, and the threshold "
                               "is {:.4g} with a margin of {:.4g}",
                               map.names()[static_cast<std::size_t>(k)], -half, half, threshold, margin));
    }
  }
}

std::string WindowChains::label() const {
  if (centre.empty()) return coarse.empty() ? "unbiased" : "all";
  return fmt::format("{:.4g}", fmt::join(centre.begin(), centre.end(), ", "));
}

std::vector<WindowChains> window_chains(const std::vector<BiasedEnsemble>& data, const CoarseMap& coordinates,
                                        Index max_frames) {
  std::vector<std::shared_ptr<const Ensemble>> ensembles;
  for (const BiasedEnsemble& item : data) ensembles.push_back(item.ensemble);
  const Index stride = thinning(ensembles, max_frames);
  std::map<std::pair<std::string, std::vector<double>>, WindowChains> windows;
  for (const BiasedEnsemble& item : data) {
    const EnsembleInfo& info = item.ensemble->info();
    if (selected_frames(info, stride) == 0) continue;
    std::vector<Vector> values = read_chains(item, coordinates, stride);
    const auto intact = intact_walkers(info);
    const auto shown = item.bias != nullptr ? not_watched(values, coordinates, item.bias->coarse(), info.walkers)
                                            : std::vector<Index>{};
    for (Index w = 0; w < info.walkers; ++w) {
      if (!intact[static_cast<std::size_t>(w)]) continue;
      std::vector<double> centre;
      if (item.bias != nullptr && item.bias->centred()) {
        const auto row = info.centres.row(info.window[static_cast<std::size_t>(w)]);
        centre.assign(row.begin(), row.end());
      }
      WindowChains& window = windows[{item.bias != nullptr ? info.bias : "", centre}];
      if (window.chains.empty()) {
        window.centre = centre;
        window.frame_time = static_cast<double>(stride * info.stride) * info.timestep;
        window.names = coordinates.names();
        if (item.bias != nullptr) window.coarse = item.bias->coarse().names();
        for (const Index k : shown) window.names.push_back(window.coarse[static_cast<std::size_t>(k)]);
        window.chains.resize(window.names.size());
      }
      for (std::size_t q = 0; q < window.chains.size(); ++q) {
        const Index c = static_cast<Index>(q);
        const Index from =
            c < coordinates.size() ? c : coordinates.size() + shown[q - static_cast<std::size_t>(coordinates.size())];
        window.chains[q].push_back(std::move(values[static_cast<std::size_t>(from * info.walkers + w)]));
      }
    }
  }
  std::vector<WindowChains> out;
  for (auto& [key, window] : windows) out.push_back(std::move(window));
  std::stable_sort(out.begin(), out.end(),
                   [](const WindowChains& a, const WindowChains& b) { return a.centre < b.centre; });
  return out;
}

Branch::Branch(const std::vector<Vector>& chains, double threshold, double margin) {
  const auto count = static_cast<double>(chains.size());
  for (const Vector& chain : chains) {
    Vector& sides = inside.emplace_back(chain.size());
    double above = 0;
    int core = -1;  // none visited yet
    for (Index f = 0; f < chain.size(); ++f) {
      const double value = chain[f];
      above += value > threshold;
      if (value > threshold + margin || value < threshold - margin) {
        const int now = value > threshold ? 1 : 0;
        crossings += core >= 0 && now != core;
        core = now;
      }
      sides[f] = core >= 0 ? core : value > threshold;
    }
    shares.push_back(above / static_cast<double>(chain.size()));
    weight += shares.back() / count;
  }
  for (const double share : shares) error += (share - weight) * (share - weight) / (count * std::max(1.0, count - 1));
  error = chains.size() > 1 ? std::sqrt(error) : std::nan("");
}

}  // namespace liftwell
