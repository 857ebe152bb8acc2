// SPDX-License-Identifier: MIT
// {type: statistics}: what is averaged, what is only counted, and what is held against the exact value.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "aggregates/point_groups.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/families/aggregate.hpp"
#include "liftwell/pipeline/graph.hpp"
#include "liftwell/registry/registry.hpp"
#include "support/scratch_file.hpp"

using namespace liftwell;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::unique_ptr<Aggregate> made(const std::string& options) {
  return build<Aggregate>(
      *configure("aggregate", "{type: statistics, of: free_energy_differences.gap" + options + "}"));
}

/// Policies a and b at kT 15 and 8 with seeds 1 to 3; b fails with seed 2 at kT 8.
SweepResults sweep(const std::function<ResultValue(const std::string& policy, double kT, double seed)>& value) {
  SweepResults out{{{"policy", {"a", "b"}}, {"kT", {"15", "8"}}, {"seed", {"1", "2", "3"}}}, {}};
  for (const std::string policy : {"a", "b"})
    for (const std::string kT : {"15", "8"})
      for (const std::string seed : {"1", "2", "3"}) {
        std::optional<ResultValue> result = value(policy, std::stod(kT), std::stod(seed));
        if (policy == "b" && kT == "8" && seed == "2") result.reset();
        out.points.push_back({{policy, kT, seed}, result.has_value(), [result](const std::string& place) {
                                REQUIRE(place == "free_energy_differences.gap");
                                return result;
                              }});
      }
  return out;
}

/// The number in the column called `name`.
double cell(const Table& table, std::size_t row, const std::string& name) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].name == name) return std::get<double>(table.rows.at(row)[c]);
  FAIL("no column " << name);
  return 0;
}

std::vector<std::string> problems_of(const std::string& options) {
  Problems problems;
  made(options)->check({.axes = {{"kT", {"15", "8"}}, {"seed", {"1"}}},
                        .stages = {"explore", "profile"},
                        .differences = {{"gap", {{"profile"}, {"profile"}}}}},
                       problems);
  std::vector<std::string> out;
  for (const auto& problem : problems.all()) out.push_back(problem.key + ": " + problem.message);
  return out;
}

}  // namespace

TEST_CASE("statistics over known numbers are what a hand computes", "[unit]") {
  std::vector<std::optional<ResultValue>> values;
  for (const double value : {2.0, 4.0, 9.0}) values.push_back(ResultValue{value, 1, 5, "kT"});
  const GroupStatistics s = statistics_of(values);
  CHECK(s.points == 3);
  CHECK(s.mean == Approx(5));
  CHECK(s.deviation == Approx(std::sqrt((9.0 + 1 + 16) / 2)));
  CHECK(s.standard_error == Approx(s.deviation / std::sqrt(3.0)));
  CHECK(s.low == 2);
  CHECK(s.high == 9);
  CHECK(s.rms_error == Approx(std::sqrt(26.0 / 3)));
  CHECK(s.reported_error == Approx(1));
  CHECK(s.intervals == 3);
  CHECK(s.covered == 1);  // 4 alone is within 1.96 of 5
}

TEST_CASE("what is missing or not finite is counted and in no other figure", "[unit]") {
  const GroupStatistics s =
      statistics_of({ResultValue{1, none, 0, ""}, std::nullopt, ResultValue{none, 1, 0, ""},
                     ResultValue{std::numeric_limits<double>::infinity(), 1, 0, ""}, ResultValue{3, 0.5, 0, ""}});
  CHECK(s.points == 5);
  CHECK(s.missing == 1);
  CHECK(s.not_finite == 2);
  CHECK(s.mean == Approx(2));
  CHECK(s.high == 3);
  CHECK(s.rms_error == Approx(std::sqrt(5.0)));
  CHECK(s.intervals == 1);  // the first has no error bar
  CHECK(s.covered == 0);

  const GroupStatistics one = statistics_of({ResultValue{7, none, none, ""}});
  CHECK(one.mean == 7);
  CHECK(std::isnan(one.deviation));
  CHECK(std::isnan(one.rms_error));
  CHECK(std::isnan(statistics_of({std::nullopt}).mean));
}

TEST_CASE("the spread of large numbers keeps its digits", "[unit]") {
  const GroupStatistics s = statistics_of({ResultValue{1e9 + 1, none, none, ""}, ResultValue{1e9 + 2, none, none, ""}});
  CHECK(s.deviation == Approx(std::sqrt(0.5)).epsilon(1e-6));
}

TEST_CASE("points are grouped by every axis but the seed", "[unit]") {
  const auto results = sweep([](const std::string& policy, double kT, double seed) {
    return ResultValue{kT + seed + (policy == "a" ? 0 : 100), 0.1, none, "energy"};
  });
  const Table table = made(", exact_at: {kT=15: 17, 'policy=b,kT=8': 110}")->evaluate("gap", results).table;
  REQUIRE(table.rows.size() == 4);
  CHECK(std::get<std::string>(table.rows[1][0]) == "a");
  CHECK(std::get<std::string>(table.rows[1][1]) == "8");
  CHECK(cell(table, 0, "mean") == Approx(17));
  CHECK(cell(table, 2, "mean") == Approx(117));
  CHECK(cell(table, 0, "exact") == 17);
  CHECK(cell(table, 0, "rms error") == Approx(std::sqrt(2.0 / 3)));
  CHECK(cell(table, 0, "covering") == 1);
  CHECK(std::isnan(cell(table, 1, "exact")));
  CHECK(cell(table, 3, "exact") == 110);
  CHECK(cell(table, 3, "points") == 3);
  CHECK(cell(table, 3, "missing") == 1);
  CHECK(cell(table, 3, "mean") == Approx(110));
}

TEST_CASE("another axis may be averaged over, or none", "[unit]") {
  const auto results = sweep([](const std::string&, double kT, double seed) {
    return ResultValue{kT * seed, none, none, ""};
  });
  const Table over_two = made(", over: [kT, policy]")->evaluate("gap", results).table;
  REQUIRE(over_two.rows.size() == 3);
  CHECK(cell(over_two, 0, "mean") == Approx(11.5));
  CHECK(cell(over_two, 1, "points") == 4);
  CHECK(made(", over: []")->evaluate("gap", results).table.rows.size() == 12);
}

TEST_CASE("an exact value of the points' own is used unless another is stated", "[unit]") {
  const auto results = sweep([](const std::string&, double kT, double) { return ResultValue{kT, 1, kT + 1, ""}; });
  CHECK(cell(made("")->evaluate("gap", results).table, 0, "rms error") == Approx(1));
  CHECK(cell(made(", exact: 12")->evaluate("gap", results).table, 0, "rms error") == Approx(3));
}

TEST_CASE("the figure runs along the numbers, with a curve for every other group", "[unit]") {
  const auto results = sweep([](const std::string&, double kT, double seed) {
    return ResultValue{kT * seed, none, none, ""};
  });
  const Chart chart = made("")->evaluate("gap", results).chart;
  CHECK(chart.x_label == "kT");
  CHECK(chart.x_names.empty());
  std::vector<std::string> names;
  for (const Chart::Curve& curve : chart.curves)
    if (curve.look == Chart::Look::estimates) names.push_back(curve.name);
  CHECK(names == std::vector<std::string>{"policy a", "policy b"});
  const Chart by_policy = made(", along: policy")->evaluate("gap", results).chart;
  CHECK(by_policy.x_names == std::vector<std::string>{"a", "b"});
}

TEST_CASE("what does not fit the sweep is said before anything runs", "[unit]") {
  CHECK(problems_of("").empty());
  CHECK(problems_of(", over: policy") == std::vector<std::string>{"over: is not an axis of the sweep"});
  CHECK(problems_of(", along: seed") == std::vector<std::string>{"along: is averaged over"});
  CHECK(problems_of(", exact_at: {kT=9: 1}") == std::vector<std::string>{"exact_at: is not a value of the axis 'kT'"});
  CHECK(problems_of(", exact_at: {temp=9: 1}") == std::vector<std::string>{"exact_at: is not an axis of the sweep"});
  const auto place = [](const std::string& of) {
    Problems problems;
    build<Aggregate>(*configure("aggregate", "{type: statistics, of: " + of + "}"))
        ->check({.axes = {{"seed", {"1"}}},
                 .stages = {"explore", "checks", "profile"},
                 .differences = {{"B_minus_A", {{"profile", "checks"}, {"profile", "checks"}}},
                                 {"gap", {{"profile", "checks"}, {"profile"}}},
                                 {"explore", {{"explore"}, {"explore"}}}},
                 .diagnostics = {{"checks", {"mixing", "restraint"}}}},
                problems);
    return problems.all().size();
  };
  CHECK(place("totals.force_evaluations") == 0);
  CHECK(place("totals.forces") == 1);
  CHECK(place("stages.explore.wall_s") == 0);
  CHECK(place("consistency.check.mixing.r_hat") == 1);
  CHECK(place("consistency.checks.mixing.r_hat") == 0);
  CHECK(place("consistency.checks.mixng.r_hat") == 1);
  CHECK(place("consistency.checks.starts.accepted") == 0);  // known only once it ran
  CHECK(place("free_energy_differences.gap.stderr") == 0);
  CHECK(place("free_energy_differences.profile.gap") == 0);
  CHECK(place("free_energy_differences.explore.gap") == 1);
  CHECK(place("free_energy_differences.explore.explore") == 0);  // a stage and its difference of one name
  CHECK(place("free_energy_differences.explore.stderr") == 0);
  CHECK(place("free_energy_differences.B_minus_A") == 1);  // of two stages of one point
  CHECK(place("free_energy_differences.checks.B_minus_A") == 0);
  CHECK(place("free_energy_differences.gasp") == 1);
  CHECK(place("free_energy_differences.profile.gasp") == 1);
  CHECK(place("difference") == 1);
}

namespace {

const std::string right = ", differences: {right: {of: [0, 2], against: [-2, 0]}}";

std::string errors_of(const std::string& of, const std::string& differences, const std::vector<Override>& overrides,
                      const std::string& options = "exact_at: {kT=1: 0, kT=2: 0}") {
  const testing::ScratchFolder folder;
  const std::string text =
      "name: w\nvariables: {kT: 1}\n"
      "systems: {s: {potential: {type: harmonic, centre: [0]}, temperature: \"${kT}\", integrator: {type: "
      "leimkuhler_matthews, timestep: 0.01}}}\n"
      "coarse_variables: {x: {type: coordinate, index: 0}}\n"
      "pipeline:\n"
      "  start: {reinitialize: {type: single_structure, position: [0]}, system: s}\n"
      "  run: {simulate: s, starts: start, steps: 100}\n"
      "  profile: {estimate: {type: histogram}, data: run, on: x, low: -2, high: 2, bins: 8" +
      differences +
      "}\n"
      "  checks: {diagnose: [{type: mixing, coordinates: x}], data: run}\n"
      "sweep:\n  over: {kT: [1, 2], seed: [1, 2]}\n  aggregate:\n"
      "    - {name: gap, " +
      options + ", of: " + of + "}\n";
  WorkflowReading reading = read_workflow(folder.write("w.yaml", text), overrides);
  check_pipeline(reading);
  std::string out;
  for (const Diagnostic& error : reading.errors) {
    const std::string line = error.text();
    out += line.substr(line.find("w.yaml")) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("a result that no stage will have is a mistake of the workflow, where it stands", "[unit]") {
  CHECK(errors_of("free_energy_differences.right", right, {}).empty());
  CHECK(errors_of("free_energy_differences.rihgt", right, {}) ==
        "w.yaml:13:53: sweep.aggregate[0].of: names a difference that no stage is asked for ('rihgt'); allowed: right; "
        "did you mean 'right'?\n");
  CHECK_THAT(errors_of("free_energy_differences.right", "", {}),
             Catch::Contains("names a difference, but no stage is asked for one ('right')"));
  CHECK_THAT(errors_of("consistency.checks.mixin.largest_r_hat", "", {}),
             Catch::Contains("w.yaml:13:53: ") && Catch::Contains("did you mean 'mixing'?"));
  CHECK_THAT(errors_of("consistency.cheks.mixing.largest_r_hat", "", {}), Catch::Contains("did you mean 'checks'?"));
}

TEST_CASE("a sweep that the command line narrows keeps its aggregates", "[unit]") {
  const std::string of = "free_energy_differences.right";
  CHECK(errors_of(of, right, {{"sweep.over.kT", "[1]"}}).empty());
  CHECK(errors_of(of, right, {{"sweep.over.kT", "~"}}).empty());
  CHECK(errors_of(of, right, {{"sweep.over", "{seed: [3]}"}}).empty());
  CHECK(errors_of(of, right, {{"sweep.over.kT", "[3]"}}, "exact_at: {kT=3: 0, kT=1: 0}").empty());
}

TEST_CASE("a narrowed sweep still says what neither the file nor the command line has", "[unit]") {
  const std::string of = "free_energy_differences.right";
  const std::vector<Override> narrowed{{"sweep.over.kT", "[1]"}};
  CHECK_THAT(errors_of(of, right, narrowed, "exact_at: {kT=5: 0}"), Catch::Contains("is not a value of the axis 'kT'"));
  CHECK_THAT(errors_of(of, right, narrowed, "over: [sed]"), Catch::Contains("did you mean 'seed'?"));
  CHECK_THAT(errors_of(of, right, {{"sweep.over", "{seed: [3]}"}}, "along: kt"), Catch::Contains("did you mean 'kT'?"));
}
