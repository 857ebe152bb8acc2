// SPDX-License-Identifier: MIT
// The figures of the method, as plain descriptions; figure.cpp draws them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "liftwell/base/error.hpp"
#include "liftwell/reporting/figure.hpp"
#include "liftwell/reporting/svg_canvas.hpp"

namespace liftwell {
namespace {

/// F along the first coarse variable.
struct Profile {
  std::vector<double> x, values, standard_errors, exact;
};

/// One value per first coordinate: F itself for one coarse variable; for more, the marginal
/// F(x) = -kT ln sum_y exp(-F(x, y) / kT). Its error is the weighted mean of the bins' errors, exact
/// for bins that err together and too large for others.
Profile profile_of(const FreeEnergy& f) {
  Profile out;
  const Index bins = f.points.rows();
  ensure(f.points.cols() >= 1 && f.values.size() == bins, "a free energy has one value per grid point");
  const auto at = [](const Vector& v, Index i) { return i < v.size() ? v[i] : std::nan(""); };
  if (f.points.cols() == 1) {
    for (Index i = 0; i < bins; ++i) {
      out.x.push_back(f.points(i, 0));
      out.values.push_back(f.values[i]);
      out.standard_errors.push_back(at(f.standard_errors, i));
      if (f.reference.size() > 0) out.exact.push_back(at(f.reference, i));
    }
    return out;
  }
  struct Sum {
    double weight = 0, error = 0, exact = 0;
  };
  std::map<double, Sum> sums;
  const double beta = f.thermal_energy > 0 ? 1 / f.thermal_energy : 1;
  for (Index i = 0; i < bins; ++i) {
    Sum& sum = sums[f.points(i, 0)];
    const double error = at(f.standard_errors, i);
    if (std::isfinite(f.values[i])) {
      const double weight = std::exp(-beta * f.values[i]);
      sum.weight += weight;
      if (std::isfinite(error)) sum.error += weight * error;
    }
    if (const double exact = at(f.reference, i); std::isfinite(exact)) sum.exact += std::exp(-beta * exact);
  }
  for (const auto& [x, sum] : sums) {
    out.x.push_back(x);
    out.values.push_back(sum.weight > 0 ? -std::log(sum.weight) / beta : std::nan(""));
    out.standard_errors.push_back(sum.weight > 0 ? sum.error / sum.weight : std::nan(""));
    if (f.reference.size() > 0) out.exact.push_back(sum.exact > 0 ? -std::log(sum.exact) / beta : std::nan(""));
  }
  for (auto* curve : {&out.values, &out.exact}) {
    double lowest = INFINITY;
    for (const double v : *curve)
      if (std::isfinite(v)) lowest = std::min(lowest, v);
    for (double& v : *curve) v -= lowest;
  }
  return out;
}

/// The axis of coarse variable k.
Axis coarse_axis(const FreeEnergy& f, std::size_t k) {
  return {k < f.coarse.size() ? f.coarse[k] : "coarse variable",
          k < f.coarse_units.size() ? f.coarse_units[k] : "",
          {},
          {}};
}

/// Axes that show what was sampled: an exact curve that climbs on beyond it is cut off.
void set_axes(Figure& figure, const FreeEnergy& f, const std::vector<Profile>& profiles) {
  figure.x = coarse_axis(f, 0);
  figure.y = {"free energy F", f.unit, {}, {}};
  double low = 0;
  double high = 0;
  for (const Profile& p : profiles)
    for (std::size_t i = 0; i < p.x.size(); ++i) {
      if (!std::isfinite(p.values[i])) continue;
      const double half = std::isfinite(p.standard_errors[i]) ? normal_95 * p.standard_errors[i] : 0;
      low = std::min(low, p.values[i] - half);
      high = std::max(high, p.values[i] + std::min(half, 0.3 * std::abs(p.values[i])));
    }
  if (high <= 0) return;  // nothing was visited: the exact curve, if any, sets the scale
  figure.y.low = std::max(low, -0.3 * high) - 0.04 * high;
  figure.y.high = 1.1 * high;
}

std::vector<double> scaled(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

void add_exact(Figure& figure, const Profile& profile) {
  if (!profile.exact.empty())
    figure.series.push_back({"exact", Series::Look::dashed, profile.x, profile.exact, {}, -1, 1});
}

}  // namespace

Figure free_energy_figure(const FreeEnergy& free_energy, const std::string& title) {
  const Profile profile = profile_of(free_energy);
  Figure figure;
  figure.title = title;
  figure.caption = fmt::format("Free energy along {}{}, minimum 0, with its 95 % interval{}; kT = {:.4g} {}.",
                               free_energy.coarse.empty() ? "the coarse variable" : free_energy.coarse.front(),
                               free_energy.coarse.size() > 1 ? ", all other variables integrated out" : "",
                               profile.exact.empty() ? "" : " and the exact curve (dashed)", free_energy.thermal_energy,
                               free_energy.unit == "energy" ? "energy units" : free_energy.unit);
  figure.series.push_back({free_energy.estimator.empty() ? "estimate ± 95 %" : free_energy.estimator + " ± 95 %",
                           Series::Look::line, profile.x, profile.values, scaled(profile.standard_errors, normal_95), 0,
                           1});
  add_exact(figure, profile);
  set_axes(figure, free_energy, {profile});
  return figure;
}

Figure free_energy_map(const FreeEnergy& f, const std::string& title) {
  ensure(f.points.cols() == 2, "a map of a free energy is one over two coarse variables");
  constexpr double most_bands = 8;
  Figure figure;
  figure.title = title;
  const std::string unit = f.unit == "energy" ? "" : " " + f.unit;
  figure.caption =
      fmt::format("Free energy over {} and {}, minimum 0; white was not visited.", f.coarse[0], f.coarse[1]);
  std::array<double, 2> cell{};
  std::array<Axis*, 2> axes{&figure.x, &figure.y};
  for (Index k = 0; k < 2; ++k) {
    std::vector<double> places(f.points.col(k).begin(), f.points.col(k).end());
    std::sort(places.begin(), places.end());
    const double low = places.front(), high = places.back();
    places.erase(std::unique(places.begin(), places.end()), places.end());
    const auto at = static_cast<std::size_t>(k);
    cell[at] = places.size() > 1 ? (high - low) / static_cast<double>(places.size() - 1) : 1;
    *axes[at] = coarse_axis(f, at);
    axes[at]->low = low - cell[at] / 2;
    axes[at]->high = high + cell[at] / 2;
  }
  double highest = 0;
  for (const double value : f.values)
    if (std::isfinite(value)) highest = std::max(highest, value);
  const auto marks = svg::ticks(0, std::max(highest, 1e-12), static_cast<int>(most_bands)).values;
  const double step = marks.size() > 1 ? marks[1] - marks[0] : std::max(highest, 1e-12);
  const auto bands = static_cast<Index>(std::floor(highest / step)) + 1;
  for (Index b = 0; b < bands; ++b) {
    const double from = step * static_cast<double>(b), to = from + step;
    Series series{fmt::format("{:g} to {:g}{}", from, to, unit), Series::Look::cells, {}, {}, {}, 0};
    series.opacity = 1 - 0.92 * static_cast<double>(b) / static_cast<double>(std::max<Index>(1, bands - 1));
    series.cell_width = cell[0];
    series.cell_height = cell[1];
    for (Index i = 0; i < f.values.size(); ++i)
      if (f.values[i] >= from && f.values[i] < to) {
        series.x.push_back(f.points(i, 0));
        series.y.push_back(f.points(i, 1));
      }
    figure.series.push_back(std::move(series));
  }
  return figure;
}

Figure free_energy_history_figure(const std::vector<FreeEnergy>& cycles, const std::string& title) {
  Figure figure;
  figure.title = title;
  if (cycles.empty()) return figure;
  figure.caption = "Free energy after each cycle: earlier cycles fade, the last one has its 95 % interval.";
  std::vector<Profile> profiles;
  for (const FreeEnergy& f : cycles) profiles.push_back(profile_of(f));
  const std::size_t last = cycles.size() - 1;
  for (std::size_t c = 0; c < last; ++c) {
    // With many cycles the first and the last but one are named; the shades tell the order.
    const bool named = last <= 5 || c == 0 || c + 1 == last;
    const double strength = 0.25 + 0.6 * static_cast<double>(c + 1) / static_cast<double>(last);
    figure.series.push_back({named ? fmt::format("cycle {}", c + 1) : "",
                             Series::Look::line,
                             profiles[c].x,
                             profiles[c].values,
                             {},
                             0,
                             strength});
  }
  figure.series.push_back({fmt::format("cycle {} ± 95 %", last + 1), Series::Look::line, profiles[last].x,
                           profiles[last].values, scaled(profiles[last].standard_errors, normal_95), 1, 1});
  add_exact(figure, profiles[last]);
  set_axes(figure, cycles.back(), profiles);
  return figure;
}

Figure density_figure(const std::vector<Sample>& samples, const Axis& quantity, const std::string& title, int bins) {
  Figure figure;
  figure.title = title;
  figure.caption = "Normalised histograms on common bins.";
  figure.x = quantity;
  figure.y = {"density", quantity.unit.empty() ? "" : "1/" + quantity.unit, {}, {}};
  std::vector<double> all;
  for (const Sample& sample : samples)
    for (const double value : sample.values)
      if (std::isfinite(value)) all.push_back(value);
  if (all.empty()) return figure;
  std::sort(all.begin(), all.end());
  const double low = quantity.low.value_or(all.front());
  double high = quantity.high.value_or(all.back());
  if (!(high > low)) high = low + 1;
  if (bins <= 0) {
    // Freedman and Diaconis 1981: width 2 IQR n^(-1/3), for the sample that is smallest on average.
    const double spread = all[all.size() * 3 / 4] - all[all.size() / 4];
    const double count = static_cast<double>(all.size()) / static_cast<double>(samples.size());
    const double width = 2 * spread / std::cbrt(count);
    bins = width > 0 ? static_cast<int>(std::clamp((high - low) / width, 8.0, 120.0)) : 20;
  }
  const double width = (high - low) / bins;
  for (const Sample& sample : samples) {
    std::vector<double> counts(static_cast<std::size_t>(bins), 0);
    double total = 0;
    for (const double value : sample.values) {
      if (!std::isfinite(value)) continue;
      ++total;
      if (value >= low && value <= high)
        ++counts[static_cast<std::size_t>(std::min(bins - 1, static_cast<int>((value - low) / width)))];
    }
    Series series{sample.name, Series::Look::filled, {}, {}, {}, -1, 1};
    for (int b = 0; b < bins; ++b) {
      const double density = total > 0 ? counts[static_cast<std::size_t>(b)] / (total * width) : 0;
      series.x.insert(series.x.end(), {low + b * width, low + (b + 1) * width});
      series.y.insert(series.y.end(), {density, density});
    }
    figure.series.push_back(std::move(series));
  }
  return figure;
}

Figure scatter_figure(const std::vector<Cloud>& clouds, const Axis& x, const Axis& y, const std::string& title,
                      std::size_t most) {
  Figure figure;
  figure.title = title;
  figure.caption = fmt::format("States in the plane of {} and {}.", x.label, y.label);
  figure.x = x;
  figure.y = y;
  for (const Cloud& cloud : clouds) {
    const std::size_t count = std::min(cloud.x.size(), cloud.y.size());
    const std::size_t shown = std::min(count, most);
    Series series{cloud.name, Series::Look::points, {}, {}, {}, -1, 1};
    for (std::size_t i = 0; i < shown; ++i) {
      const std::size_t pick = i * count / shown;
      series.x.push_back(cloud.x[pick]);
      series.y.push_back(cloud.y[pick]);
    }
    figure.series.push_back(std::move(series));
  }
  return figure;
}

}  // namespace liftwell
