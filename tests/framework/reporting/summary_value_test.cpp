// SPDX-License-Identifier: MIT
#include "liftwell/reporting/summary_value.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace liftwell;

namespace {

const auto summary = nlohmann::json::parse(R"({
  "totals": {"wall_s": 2.5, "force_evaluations": 4000},
  "stages": [{"stage": "fit", "cycle": 2, "wall_s": 7}, {"stage": "fit", "cycle": 1, "wall_s": 5}],
  "free_energy_differences": [
    {"name": "gap", "stage": "first", "value": 1.5, "stderr": 0.1, "unit": "energy", "exact": 1.4},
    {"name": "gap", "stage": "second", "value": 2.5, "stderr": null, "unit": "energy"},
    {"name": "a.b", "stage": "second", "value": null, "stderr": null, "unit": "energy"}],
  "consistency": {"checks": {"label_error.mean": 0.25, "label_error": 3, "words": "none", "targets": []}}
})");

}  // namespace

TEST_CASE("a result is found by its place", "[unit]") {
  CHECK(find_result(summary, "totals.force_evaluations")->value == 4000);
  CHECK(find_result(summary, "totals.wall_s")->unit == "s");
  CHECK(find_result(summary, "stages.fit.wall_s")->value == 7);  // of the last cycle, wherever it stands
  CHECK(find_result(summary, "consistency.checks.label_error.mean")->value == 0.25);
  CHECK(find_result(summary, "consistency.checks.label_error")->value == 3);
}

TEST_CASE("a difference comes with its error, its unit and its exact value", "[unit]") {
  const auto first = find_result(summary, "free_energy_differences.first.gap");
  REQUIRE(first);
  CHECK(first->value == 1.5);
  CHECK(first->standard_error == 0.1);
  CHECK(first->exact == 1.4);
  CHECK(first->unit == "energy");
  CHECK(find_result(summary, "free_energy_differences.first.gap.stderr")->value == 0.1);
  CHECK(find_result(summary, "free_energy_differences.first.gap.stderr")->unit == "energy");
  // Which one is meant must be said; any other would be as good a guess.
  CHECK_THROWS_WITH(find_result(summary, "free_energy_differences.gap"),
                    Catch::Contains("several stages (first, second)") && Catch::Contains("as in first.gap"));
  CHECK(std::isnan(find_result(summary, "free_energy_differences.second.gap")->standard_error));
}

TEST_CASE("a difference called like a stage is that difference", "[unit]") {
  const auto alike = nlohmann::json::parse(R"({"free_energy_differences": [
    {"name": "gap", "stage": "gap", "value": 1}, {"name": "middle", "stage": "gap", "value": 2},
    {"name": "high", "stage": "other", "value": 3}, {"name": "high.er", "stage": "other", "value": 4}]})");
  const auto value = [&](const std::string& place) {
    return find_result(alike, "free_energy_differences." + place)->value;
  };
  CHECK(value("gap") == 1);
  CHECK(value("gap.gap") == 1);
  CHECK(value("middle") == 2);
  CHECK(value("gap.middle.value") == 2);
  CHECK(value("other.high") == 3);
  CHECK(value("high.er") == 4);
  CHECK_FALSE(find_result(alike, "free_energy_differences.other"));
}

TEST_CASE("null is not a number, and what is absent or no number is nothing", "[unit]") {
  const auto null = find_result(summary, "free_energy_differences.a.b");
  REQUIRE(null);
  CHECK(std::isnan(null->value));
  for (const char* place : {"free_energy_differences.gop", "free_energy_differences.third.gap", "totals", "totals.",
                            "totals.wall_s.x", "consistency.checks.words", "consistency.checks.targets", "stages.fit"})
    CHECK_FALSE(find_result(summary, place));
}
