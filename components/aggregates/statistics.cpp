// SPDX-License-Identifier: MIT
// Mean, spread and error of one result over points that differ in their seed only.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "liftwell/registry/registry.hpp"
#include "point_groups.hpp"

namespace liftwell {
namespace {

constexpr double normal_95 = 1.96;
constexpr const char* usual_axis = "seed";

struct Options {
  std::string of;
  std::vector<std::string> over{usual_axis};
  std::optional<double> exact;
  std::map<std::string, double> exact_at;
  std::string along;
};

std::vector<std::string> names_of(const std::vector<SweepAxis>& axes) {
  std::vector<std::string> out;
  for (const SweepAxis& axis : axes) out.push_back(axis.name);
  return out;
}

std::string quoted(const std::string& word) { return "'" + word + "'"; }

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> parts(const std::string& text, char separator) {
  std::vector<std::string> out(1);
  for (const char c : text)
    if (c == separator)
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

/// One axis and its value, of "policy=lifted,kT=8".
std::vector<std::pair<std::string, std::string>> conditions(const std::string& key) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& part : parts(key, ',')) {
    const std::size_t equals = part.find('=');
    out.emplace_back(part.substr(0, equals), equals == std::string::npos ? "" : part.substr(equals + 1));
  }
  return out;
}

class Statistics final : public Aggregate {
 public:
  explicit Statistics(const Options& options) : options_(options) {}

  void check(const SweepOutline& sweep, Problems& problems) const override {
    check_place(sweep, problems);
    const std::vector<SweepAxis>& axes = sweep.axes;
    const auto names = names_of(axes);
    const auto check_axis = [&](const std::string& key, const std::string& axis) {
      if (contains(names, axis)) return true;
      problems.add(key, "is not an axis of the sweep", quoted(axis), join_or(names), nearest(axis, names));
      return false;
    };
    for (const std::string& axis : options_.over)
      if (axis != usual_axis) (void)check_axis("over", axis);
    if (!options_.along.empty() && check_axis("along", options_.along) && contains(options_.over, options_.along))
      problems.add("along", "is averaged over", "'" + options_.along + "'", "an axis that 'over' does not name");
    for (const auto& [key, exact] : options_.exact_at)
      for (const auto& [axis, value] : conditions(key)) {
        if (!check_axis("exact_at", axis)) continue;
        const auto& values =
            std::find_if(axes.begin(), axes.end(), [&](const SweepAxis& a) { return a.name == axis; })->values;
        if (!contains(values, value))
          problems.add("exact_at", "is not a value of the axis '" + axis + "'", quoted(key),
                       axis + "=" + join_or(values));
      }
  }

  [[nodiscard]] Aggregated evaluate(const std::string& name, const SweepResults& results) const override {
    std::vector<std::size_t> kept;
    for (std::size_t a = 0; a < results.axes.size(); ++a)
      if (!contains(options_.over, results.axes[a].name)) kept.push_back(a);
    const auto groups = group_points(results, kept);
    std::vector<std::vector<std::optional<ResultValue>>> values(groups.size());
    std::vector<GroupStatistics> statistics;
    std::string unit;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      for (const std::size_t p : groups[g].points) {
        values[g].push_back(result_of(results, p));
        if (values[g].back() && unit.empty()) unit = values[g].back()->unit;
      }
      statistics.push_back(statistics_of(values[g]));
    }
    const auto known = [](const auto& own) {
      return std::any_of(own.begin(), own.end(), [](const auto& value) { return value.has_value(); });
    };
    if (!std::any_of(values.begin(), values.end(), known) &&
        std::any_of(results.points.begin(), results.points.end(), [](const auto& point) { return point.finished; }))
      throw InputError("no finished point has the result '" + options_.of + "'");
    Aggregated out;
    out.table = table(name, results, kept, groups, statistics, unit);
    out.chart = chart(name, results, kept, groups, statistics, values, unit);
    return out;
  }

 private:
  void check_place(const SweepOutline& sweep, Problems& problems) const {
    const std::vector<std::string> sections{"free_energy_differences", "consistency", "stages", "totals"};
    const auto keys = parts(options_.of, '.');
    if (keys.size() < 2 || !contains(sections, keys[0]))
      return problems.add("of", "is not a place in summary.json", quoted(options_.of),
                          "free_energy_differences.NAME, consistency.STAGE.VALUE, stages.STAGE.wall_s or "
                          "totals.force_evaluations",
                          nearest(keys[0], sections));
    const std::vector<std::string> counts{"wall_s", "force_evaluations", "train_steps", "score_evaluations"};
    if (keys[0] == "totals" && !contains(counts, keys[1]))
      problems.add("of", "is not counted", quoted(keys[1]), join_or(counts), nearest(keys[1], counts));
    if (keys[0] == "free_energy_differences") check_difference(keys, sweep, problems);
    if (keys[0] != "consistency" && keys[0] != "stages") return;
    if (!contains(sweep.stages, keys[1]))
      problems.add("of", "names a stage that is not there", quoted(keys[1]), join_or(sweep.stages),
                   nearest(keys[1], sweep.stages));
    else if (keys[0] == "consistency")
      check_finding(keys, sweep, problems);
  }

  static std::string places(std::vector<std::string> stages, const std::string& name) {
    for (std::string& stage : stages) stage.insert(0, "free_energy_differences.").append("." + name);
    return join_or(stages);
  }

  /// After free_energy_differences: NAME or STAGE.NAME, then what of it.
  static void check_difference(const std::vector<std::string>& keys, const SweepOutline& sweep, Problems& problems) {
    const auto is_difference = [&](const std::string& word) {
      return sweep.differences.find(word) != sweep.differences.end();
    };
    const bool of_stage =
        keys.size() > 2 && contains(sweep.stages, keys[1]) && (is_difference(keys[2]) || !is_difference(keys[1]));
    const std::string& name = keys[of_stage ? 2 : 1];
    const auto asked = sweep.differences.find(name);
    if (asked != sweep.differences.end()) {
      const auto& [stages, in_one_point] = asked->second;
      if (!of_stage && in_one_point.size() > 1)
        problems.add("of", "is a result of several stages of a point", quoted(name), places(in_one_point, name));
      if (of_stage && !sweep.other_differences && !contains(stages, keys[1]))
        problems.add("of", "is not asked of this stage", quoted(keys[1] + "." + name), places(stages, name));
      return;
    }
    if (sweep.other_differences) return;
    if (sweep.differences.empty())
      return problems.add("of", "names a difference, but no stage is asked for one", quoted(name),
                          "'differences' of an estimate");
    std::vector<std::string> names;
    for (const auto& difference : sweep.differences) names.push_back(difference.first);
    problems.add("of", "names a difference that no stage is asked for", quoted(name), join_or(names),
                 nearest(name, names));
  }

  /// Values of a diagnostic begin with its type. What else a stage finds is not known before it ran, so that only what
  /// looks like a slip is one.
  static void check_finding(const std::vector<std::string>& keys, const SweepOutline& sweep, Problems& problems) {
    const auto found = sweep.diagnostics.find(keys[1]);
    if (found == sweep.diagnostics.end() || keys.size() < 3 || contains(found->second, keys[2])) return;
    if (const std::string meant = nearest(keys[2], found->second); !meant.empty())
      problems.add("of", "names a diagnostic that the stage '" + keys[1] + "' does not have", quoted(keys[2]),
                   join_or(found->second), meant);
  }

  /// The result with the exact value that belongs to its point: what `exact_at` says, then `exact`,
  /// then what the point itself was held against.
  std::optional<ResultValue> result_of(const SweepResults& results, std::size_t p) const {
    const PointResults& point = results.points[p];
    auto found = point.find(options_.of);
    if (!found) return found;
    if (options_.exact) found->exact = *options_.exact;
    for (const auto& [key, exact] : options_.exact_at) {
      const auto wanted = conditions(key);
      const bool holds = std::all_of(wanted.begin(), wanted.end(), [&](const auto& condition) {
        for (std::size_t a = 0; a < results.axes.size(); ++a)
          if (results.axes[a].name == condition.first) return point.values[a] == condition.second;
        return false;
      });
      if (holds) found->exact = exact;
    }
    return found;
  }

  /// Digits after the point with which the spread has three significant ones.
  static int decimals(const std::vector<GroupStatistics>& statistics) {
    double scale = 0;
    for (const GroupStatistics& s : statistics) {
      const double spread = s.deviation > 0 ? s.deviation : std::abs(s.mean);
      if (std::isfinite(spread) && spread > 0) scale = scale > 0 ? std::min(scale, spread) : spread;
    }
    return scale > 0 ? std::clamp(2 - static_cast<int>(std::floor(std::log10(scale))), 0, 8) : 3;
  }

  Table table(const std::string& name, const SweepResults& results, const std::vector<std::size_t>& kept,
              const std::vector<PointGroup>& groups, const std::vector<GroupStatistics>& statistics,
              const std::string& unit) const {
    const int digits = decimals(statistics);
    const auto any = [&](double GroupStatistics::*member) {
      return std::any_of(statistics.begin(), statistics.end(),
                         [&](const GroupStatistics& s) { return std::isfinite(s.*member); });
    };
    const bool reported = any(&GroupStatistics::reported_error), exact = any(&GroupStatistics::rms_error);
    Table out{name == "statistics" ? options_.of : name + ": " + options_.of, {}, {}};
    for (const std::size_t axis : kept) out.columns.push_back({results.axes[axis].name, "", 0});
    for (const char* count : {"points", "missing", "not finite"}) out.columns.push_back({count, "", 0});
    for (const char* number : {"mean", "sd", "stderr", "min", "max"}) out.columns.push_back({number, unit, digits});
    if (reported) out.columns.push_back({"reported stderr", unit, digits});
    if (exact)
      for (const char* number : {"exact", "rms error"}) out.columns.push_back({number, unit, digits});
    if (exact && reported)
      for (const char* count : {"intervals", "covering"}) out.columns.push_back({count, "", 0});
    const auto number = [](std::size_t count) { return static_cast<double>(count); };
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const GroupStatistics& s = statistics[g];
      std::vector<Cell>& row = out.rows.emplace_back();
      for (const std::string& value : groups[g].values) row.emplace_back(value);
      for (const std::size_t count : {s.points, s.missing, s.not_finite}) row.emplace_back(number(count));
      for (const double value : {s.mean, s.deviation, s.standard_error, s.low, s.high}) row.emplace_back(value);
      if (reported) row.emplace_back(s.reported_error);
      if (exact)
        for (const double value : {s.exact, s.rms_error}) row.emplace_back(value);
      if (exact && reported)
        for (const std::size_t count : {s.intervals, s.covered}) row.emplace_back(number(count));
    }
    return out;
  }

  /// The place among `kept` of the axis that the figure runs along; -1 when there is none.
  std::ptrdiff_t along(const SweepResults& results, const std::vector<std::size_t>& kept) const {
    std::ptrdiff_t best = kept.empty() ? -1 : 0;
    for (std::size_t k = kept.size(); k-- > 0;) {
      const SweepAxis& axis = results.axes[kept[k]];
      if (axis.name == options_.along) return static_cast<std::ptrdiff_t>(k);
      if (axis.values.size() > 1 && as_numbers(axis.values)) best = static_cast<std::ptrdiff_t>(k);
    }
    return best;
  }

  Chart chart(const std::string& name, const SweepResults& results, const std::vector<std::size_t>& kept,
              const std::vector<PointGroup>& groups, const std::vector<GroupStatistics>& statistics,
              const std::vector<std::vector<std::optional<ResultValue>>>& values, const std::string& unit) const {
    Chart out;
    out.title = name == "statistics" ? options_.of : name;
    out.caption = "Mean of each group with its 95 % interval, over the single points.";
    out.y_label = options_.of.substr(options_.of.find('.') + 1);  // without the section of summary.json
    out.y_unit = unit;
    const std::ptrdiff_t x_axis = along(results, kept);
    std::vector<std::string> x_values{"all"};
    if (x_axis >= 0) {
      const SweepAxis& axis = results.axes[kept[static_cast<std::size_t>(x_axis)]];
      out.x_label = axis.name;
      x_values = axis.values;
    }
    const auto numbers = as_numbers(x_values);
    if (!numbers) out.x_names = x_values;
    std::vector<std::string> curve_names;
    std::vector<std::vector<std::size_t>> curves;  // groups of each
    for (std::size_t g = 0; g < groups.size(); ++g) {
      std::string curve;
      for (std::size_t k = 0; k < kept.size(); ++k)
        if (static_cast<std::ptrdiff_t>(k) != x_axis)
          curve += fmt::format("{}{} {}", curve.empty() ? "" : ", ", results.axes[kept[k]].name, groups[g].values[k]);
      const auto same = std::find(curve_names.begin(), curve_names.end(), curve);
      const auto place = static_cast<std::size_t>(same - curve_names.begin());
      if (same == curve_names.end()) {
        curve_names.push_back(curve);
        curves.emplace_back();
      }
      curves[place].push_back(g);
    }
    std::map<double, double> truth;  // by place, as long as all curves have the same
    bool one_truth = curves.size() > 1;
    for (std::size_t c = 0; c < curves.size(); ++c) {
      const int colour = static_cast<int>(c);
      // Side by side where x is a name, so that bars do not hide each other.
      const double shift = numbers ? 0
                                   : (static_cast<double>(c) - static_cast<double>(curves.size() - 1) / 2) * 0.6 /
                                         static_cast<double>(curves.size());
      Chart::Curve means{curve_names[c], Chart::Look::estimates, {}, {}, {}, colour};
      Chart::Curve singles{"", Chart::Look::single, {}, {}, {}, colour};
      Chart::Curve exact{curves.size() == 1 ? "exact" : "", Chart::Look::exact, {}, {}, {}, colour};
      for (const std::size_t g : curves[c]) {
        std::size_t place = 0;
        if (x_axis >= 0)
          place = static_cast<std::size_t>(
              std::find(x_values.begin(), x_values.end(), groups[g].values[static_cast<std::size_t>(x_axis)]) -
              x_values.begin());
        const double middle = numbers ? (*numbers)[place] : static_cast<double>(place), x = middle + shift;
        means.x.push_back(x);
        means.y.push_back(statistics[g].mean);
        means.half_width.push_back(normal_95 * statistics[g].standard_error);
        exact.x.push_back(x);
        exact.y.push_back(statistics[g].exact);
        one_truth &= truth.try_emplace(middle, statistics[g].exact).first->second == statistics[g].exact;
        for (const auto& value : values[g]) {
          if (!value) continue;
          singles.x.push_back(x);
          singles.y.push_back(value->value);
        }
      }
      out.curves.push_back(std::move(singles));
      out.curves.push_back(std::move(exact));
      out.curves.push_back(std::move(means));
    }
    if (one_truth) {
      std::erase_if(out.curves, [](const Chart::Curve& curve) { return curve.look == Chart::Look::exact; });
      Chart::Curve& exact = out.curves.emplace_back(Chart::Curve{"exact", Chart::Look::exact, {}, {}, {}, 0});
      for (const auto& [x, value] : truth)
        for (const double side : numbers ? std::vector<double>{0} : std::vector<double>{-0.3, 0.3}) {
          exact.x.push_back(x + side);
          exact.y.push_back(value);
        }
    }
    return out;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(statistics) {
  return Declaration<Aggregate, Options>("statistics", "Mean, spread and error of one result over equal points.")
      .reference("Textbook: sample mean and standard deviation; coverage of value +- 1.96 standard errors.")
      .parameter("of", &Options::of, unit::none,
                 "The result, by its place in a point's summary.json: free_energy_differences.NAME (also .stderr), "
                 "consistency.STAGE.VALUE, stages.STAGE.wall_s, totals.force_evaluations.",
                 required())
      .parameter("over", &Options::over, unit::none,
                 "Axes whose points are taken together; there is a row for each combination of the others.")
      .parameter("exact", &Options::exact, unit::dimensionless,
                 "The value it should have, in its own unit (default: what the points' own references say).")
      .parameter("exact_at", &Options::exact_at, unit::dimensionless,
                 "The same where it depends on axes: {kT=15: 35.56, kT=8: 37.8}.")
      .parameter("along", &Options::along, unit::none,
                 "Axis along which the figure is drawn (default: the first one of numbers).")
      .example("{type: statistics, of: totals.force_evaluations, over: seed}")
      .creates<Statistics>();
}

}  // namespace liftwell
