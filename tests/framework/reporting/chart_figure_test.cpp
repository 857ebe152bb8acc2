// SPDX-License-Identifier: MIT
#include "liftwell/reporting/chart_figure.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace liftwell;

namespace {

Chart example() {
  Chart chart{"gap", "What it is.", "kT", {}, "F", "energy", {}};
  chart.curves.push_back({"policy a", Chart::Look::estimates, {8, 15}, {1, std::nan("")}, {0.5, 0.5}, 1});
  chart.curves.push_back({"", Chart::Look::single, {8, 8}, {0.5, 1.5}, {}, 1});
  chart.curves.push_back({"exact", Chart::Look::exact, {8, 15}, {1, 2}, {}, 1});
  return chart;
}

}  // namespace

TEST_CASE("a chart kept as JSON draws the same figure", "[unit]") {
  Chart chart = example();
  CHECK(to_svg(chart_figure(chart_from(to_json(chart)))) == to_svg(chart_figure(chart)));
  chart.x_names = {"one", "two"};
  const std::string named = to_svg(chart_figure(chart_from(to_json(chart))));
  CHECK(named == to_svg(chart_figure(chart)));
  CHECK(named.find(">two<") != std::string::npos);
}

TEST_CASE("single points are fainter than estimates, and exact values a dashed line", "[unit]") {
  const Figure figure = chart_figure(example());
  REQUIRE(figure.series.size() == 3);
  CHECK(figure.series[0].opacity > figure.series[1].opacity);
  CHECK(figure.series[0].colour == figure.series[1].colour);
  CHECK(figure.series[2].look == Series::Look::dashed);
}

TEST_CASE("a table is written as comma-separated values with all its digits", "[unit]") {
  const Table table{"t",
                    {{"policy, named \"x\"", "", 0}, {"mean", "kT", 1}},
                    {{std::string("a,b"), 1.0 / 3}, {std::string("c"), std::nan("")}}};
  CHECK(to_csv(table) == "\"policy, named \"\"x\"\"\",mean [kT]\n\"a,b\",0.3333333333333333\nc,\n");
}
