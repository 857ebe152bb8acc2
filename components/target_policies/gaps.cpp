// SPDX-License-Identifier: MIT
// Targets between neighbouring windows that do not overlap.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "liftwell/families/frame_scan.hpp"
#include "liftwell/families/target_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<CoarseVariable> on;
  double overlap = 0.1;
  double closest = 0;
  bool keep = true;
  std::int64_t max_frames = 200'000;
};

/// ξ of all frames of one window, in order, measured from its centre, on the circle if periodic.
using Values = std::vector<double>;

/// 1 − sup |F − G| of two samples (in order), the second moved by `shift`: one minus the Kolmogorov-Smirnov distance.
/// The common area of their histograms where the densities cross once, and needs no bins.
double common_area(const Values& a, const Values& b, double shift) {
  double largest = 0;
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const double next = std::min(a[i], b[j] + shift);
    while (i < a.size() && a[i] <= next) ++i;
    while (j < b.size() && b[j] + shift <= next) ++j;
    largest = std::max(largest, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                         static_cast<double>(j) / static_cast<double>(b.size())));
  }
  return 1 - largest;
}

/// Windows of all biases and cycles with one centre are one. Between two neighbours (on a circle the last and the
/// first too) whose histograms have less than `overlap` of their area in common, the middle of their centres is a new
/// target, unless they are closer than twice `closest`; a wide gap is closed by halves, cycle by cycle. Such gaps cut a
/// free energy into pieces whose offset nobody knows. The targets are exhausted when there is no new one.
class Gaps final : public TargetPolicy {
 public:
  explicit Gaps(const Options& options) : options_(options), coarse_({options.on}) {}

  const CoarseMap& coarse() const override { return coarse_; }
  bool needs_data() const override { return true; }

  Targets propose(const TargetRequest& request) const override {
    const std::map<double, Values> windows = read_windows(request.data);
    std::vector<double> centres;
    for (const auto& [centre, values] : windows) centres.push_back(centre);
    if (centres.empty())
      return {
          .coarse = coarse_.names(), .values = Matrix(0, 1), .note = "there are no windows to find gaps between yet"};

    std::vector<double> fresh;
    double least = 1, weakest = centres.front();
    const std::size_t pairs = centres.size() - (coarse_.period(0) > 0 && centres.size() > 2 ? 0 : 1);
    for (std::size_t i = 0; i < pairs; ++i) {
      const double left = centres[i], right = centres[(i + 1) % centres.size()];
      double apart = right - left;
      if (apart < 0) apart += coarse_.period(0);
      const double common = common_area(windows.at(left), windows.at(right), apart), middle = wrapped(left + apart / 2);
      if (apart < 2 * options_.closest * (1 - 1e-9)) continue;
      if (common < options_.overlap) fresh.push_back(middle);
      if (common < least) least = common, weakest = middle;
    }
    std::vector<double> values = options_.keep ? centres : std::vector<double>{};
    values.insert(values.end(), fresh.begin(), fresh.end());
    if (values.empty() && least < 1) values.push_back(weakest);
    std::sort(values.begin(), values.end());
    Targets out{.coarse = coarse_.names(), .values = Eigen::Map<const Vector>(values.data(), std::ssize(values))};
    out.exhausted = fresh.empty();
    out.note = fmt::format("{} windows of {}, least common area of neighbours {:.2g}; {} gaps{}", centres.size(),
                           coarse_.names()[0], least, fresh.size(),
                           fresh.empty() ? "" : fmt::format(", targets at {:.4g}", fmt::join(fresh, ", ")));
    return out;
  }

 private:
  std::map<double, Values> read_windows(const std::vector<std::shared_ptr<const Ensemble>>& data) const {
    const Index stride = thinning(data, options_.max_frames);
    std::map<double, Values> out;
    for (const auto& ensemble : data) {
      const EnsembleInfo& info = ensemble->info();
      if (info.bias.empty() || info.coarse != coarse_.names()) continue;
      const auto intact = intact_walkers(info);
      scan_frames(*ensemble, stride, [&](const FrameBatch& batch) {
        const Matrix values = coarse_.values(batch.positions, batch.rows(), batch.dimension);
        for (Index row = 0; row < values.rows(); ++row) {
          const auto walker = static_cast<std::size_t>(row % batch.walkers);
          if (!intact[walker] || !std::isfinite(values(row, 0))) continue;
          const double centre = info.centres(info.window[walker], 0);
          out[centre].push_back(coarse_.difference(0, values(row, 0), centre));
        }
      });
    }
    for (auto& [centre, values] : out) std::sort(values.begin(), values.end());
    return out;
  }

  /// Onto the circle [−period/2, period/2).
  double wrapped(double value) const {
    const double period = coarse_.period(0);
    return period > 0 ? value - period * std::floor(value / period + 0.5) : value;
  }

  Options options_;
  CoarseMap coarse_;
};

}  // namespace

LIFTWELL_COMPONENT(gaps) {
  return Declaration<TargetPolicy, Options>("gaps", "Targets between neighbouring windows that do not overlap.")
      .reference(
          "Textbook: overlap of umbrella windows; measured as 1 - D with the two-sample Kolmogorov-Smirnov distance D.")
      .parameter("on", &Options::on, unit::none, "Coarse variable of the targets (exactly one).", required())
      .parameter("overlap", &Options::overlap, unit::dimensionless,
                 "Share of their histograms that neighbours must have in common.", inside(0, 1))
      .parameter("closest", &Options::closest, unit::coarse, "No new target nearer than this to a window.", at_least(0))
      .parameter(
          "keep", &Options::keep, unit::none,
          "Whether the windows that there are stay targets; without them, and without a gap, the target is where "
          "neighbours overlap least.")
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to look at; more are thinned evenly.",
                 at_least(1))
      .example("{type: gaps, on: {type: coordinate, index: 0}, overlap: 0.1, closest: 0.02}")
      .creates<Gaps>();
}

}  // namespace liftwell
