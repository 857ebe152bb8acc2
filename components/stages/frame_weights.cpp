// SPDX-License-Identifier: MIT
#include "frame_weights.hpp"

#include <algorithm>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/families/circle.hpp"

namespace liftwell {
namespace {

/// The bin centres of a profile along one variable.
struct Axis {
  double first = 0, step = 1;
  Index bins = 1;
  double period = 0;  ///< 0: not periodic

  /// Place in units of bins, 0 at the first centre; a periodic value is moved onto the grid.
  [[nodiscard]] double place(double value) const { return (folded(value, first - step / 2, period) - first) / step; }
};

/// A grid read back from its points, of which the last variable varies fastest.
std::vector<Axis> axes_of(const FreeEnergy& profile, const CoarseMap& coarse) {
  std::vector<Axis> out;
  for (Index k = 0; k < profile.points.cols(); ++k) {
    std::vector<double> centres(profile.points.col(k).begin(), profile.points.col(k).end());
    std::sort(centres.begin(), centres.end());
    centres.erase(std::unique(centres.begin(), centres.end()), centres.end());
    const auto bins = static_cast<Index>(centres.size());
    const double step = bins > 1 ? (centres.back() - centres.front()) / static_cast<double>(bins - 1) : 1;
    out.push_back({centres.front(), step, bins, coarse.period(k)});
  }
  return out;
}

class LogWeights {
 public:
  LogWeights(const FreeEnergy& profile, const CoarseMap& coarse, const Matrix& values)
      : axes_(axes_of(profile, coarse)), at_centres_(-profile.values / profile.thermal_energy) {
    Vector counts = Vector::Zero(at_centres_.size());
    for (Index n = 0; n < values.rows(); ++n)
      if (const Index bin = bin_of(values.row(n).data()); bin >= 0) counts[bin] += 1;
    at_centres_ -= counts.array().log().matrix();
  }

  /// NaN outside the grid and where F is unknown.
  [[nodiscard]] double operator()(const double* value) const {
    const Index own = bin_of(value);
    if (own < 0 || !std::isfinite(at_centres_[own])) return std::nan("");
    double sum = 0, total = 0;
    for (int corner = 0; corner < 1 << axes_.size(); ++corner) {
      Index bin = 0;
      double share = 1;
      for (std::size_t k = 0; k < axes_.size(); ++k) {
        const double place = axes_[k].place(value[k]);
        const double below = std::floor(place);
        const bool above = (corner >> k & 1) != 0;
        share *= above ? place - below : 1 - (place - below);
        const auto wanted = static_cast<Index>(below) + (above ? 1 : 0);
        bin = bin * axes_[k].bins + std::clamp<Index>(wanted, 0, axes_[k].bins - 1);
      }
      // Bins that no frame fell in say nothing about those that have some.
      if (!std::isfinite(at_centres_[bin])) continue;
      sum += share * at_centres_[bin];
      total += share;
    }
    return sum / total;
  }

 private:
  [[nodiscard]] Index bin_of(const double* value) const {
    Index bin = 0;
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      const double place = std::floor(axes_[k].place(value[k]) + 0.5);
      if (!(place >= 0 && place < static_cast<double>(axes_[k].bins))) return -1;
      bin = bin * axes_[k].bins + static_cast<Index>(place);
    }
    return bin;
  }

  std::vector<Axis> axes_;
  Vector at_centres_;  ///< ln w; not finite where there is no frame or no F
};

}  // namespace

std::vector<double> equilibrium_weights(const FreeEnergy& profile, const CoarseMap& coarse, const Matrix& values) {
  ensure(profile.coarse == coarse.names(), "the free energy belongs to other coarse variables");
  const LogWeights log_weight(profile, coarse, values);
  Vector logs(values.rows());
  double largest = -std::numeric_limits<double>::infinity();
  for (Index n = 0; n < logs.size(); ++n) {
    logs[n] = log_weight(values.row(n).data());
    if (std::isfinite(logs[n])) largest = std::max(largest, logs[n]);
  }
  if (!std::isfinite(largest))
    throw InputError("no frame lies where the free energy is known, so none can be weighted with it");
  std::vector<double> out;
  double sum = 0;
  for (const double log : logs) sum += out.emplace_back(std::isfinite(log) ? std::exp(log - largest) : 0.0);
  for (double& weight : out) weight *= static_cast<double>(out.size()) / sum;
  return out;
}

}  // namespace liftwell
