// SPDX-License-Identifier: MIT
// Targets at equal distances between two ends.
#include <fmt/format.h>

#include <cmath>

#include "liftwell/families/target_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<CoarseVariable>> on;
  std::vector<double> low;
  std::vector<double> high;
  std::vector<double> spacing;
  std::vector<std::int64_t> count;

  void check(Problems& problems) const {
    const std::size_t size = on.size();
    if (low.size() != size) problems.add("low", "must have one number per coarse variable of 'on'");
    if (high.size() != size) problems.add("high", "must have one number per coarse variable of 'on'");
    if (spacing.empty() == count.empty()) problems.add("spacing", "give either 'spacing' or 'count'");
    if (!spacing.empty() && spacing.size() != size)
      problems.add("spacing", "must have one number per coarse variable of 'on'");
    if (!count.empty() && count.size() != size)
      problems.add("count", "must have one number per coarse variable of 'on'");
    for (std::size_t k = 0; k < std::min(low.size(), high.size()); ++k)
      if (low[k] > high[k])
        problems.add("high", "must not be below 'low'", fmt::format("{}", high[k]),
                     fmt::format("a number from {} on", low[k]));
  }
};

/// low, low + spacing, … up to high; with `count`, both ends are targets. Several variables give
/// every combination, the last variable fastest.
class GridTargets final : public TargetPolicy {
 public:
  explicit GridTargets(const Options& options) : options_(options), coarse_(options.on) {}

  const CoarseMap& coarse() const override { return coarse_; }

  Targets propose(const TargetRequest&) const override {
    std::vector<Vector> lines;
    Index rows = 1;
    for (std::size_t k = 0; k < options_.on.size(); ++k) {
      lines.push_back(line(k));
      rows *= lines.back().size();
    }
    Targets out{.coarse = coarse_.names(), .values = Matrix(rows, coarse_.size())};
    for (Index row = 0; row < rows; ++row) {
      Index index = row;
      for (std::size_t k = lines.size(); k-- > 0;) {
        out.values(row, static_cast<Index>(k)) = lines[k][index % lines[k].size()];
        index /= lines[k].size();
      }
    }
    out.note = fmt::format("{} targets on a grid", rows);
    return out;
  }

 private:
  Vector line(std::size_t k) const {
    const double low = options_.low[k], high = options_.high[k];
    const double spacing = options_.count.empty()   ? options_.spacing[k]
                           : options_.count[k] == 1 ? 1
                                                    : (high - low) / static_cast<double>(options_.count[k] - 1);
    const Index count = options_.count.empty() ? static_cast<Index>(std::floor((high - low) / spacing + 1e-9)) + 1
                                               : static_cast<Index>(options_.count[k]);
    Vector out(count);
    for (Index i = 0; i < count; ++i) {
      out[i] = low + static_cast<double>(i) * spacing;
      if (std::abs(out[i]) < 1e-9 * spacing) out[i] = 0;  // is 0, but for rounding
    }
    if (!options_.count.empty()) out[count - 1] = high;
    return out;
  }

  Options options_;
  CoarseMap coarse_;
};

}  // namespace

LIFTWELL_COMPONENT(grid) {
  return Declaration<TargetPolicy, Options>("grid", "Targets at equal distances between two ends.")
      .reference("Textbook: equally spaced umbrella windows.")
      .parameter("on", &Options::on, unit::none, "Coarse variables of the targets.", required())
      .parameter("low", &Options::low, unit::coarse, "First target, per coarse variable.", required())
      .parameter("high", &Options::high, unit::coarse, "Upper end, per coarse variable.", required())
      .parameter("spacing", &Options::spacing, unit::coarse, "Distance between neighbours, per coarse variable.",
                 above(0))
      .parameter("count", &Options::count, unit::none, "Number of targets, both ends included, per coarse variable.",
                 at_least(1))
      .example("{type: grid, on: {type: coordinate, index: 0}, low: -1, high: 1, spacing: 0.1}")
      .creates<GridTargets>();
}

}  // namespace liftwell
