// SPDX-License-Identifier: MIT
#include "liftwell/reporting/figure.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "framework/reporting/markup.hpp"
#include "liftwell/reporting/svg_canvas.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;

namespace {

const double missing = std::numeric_limits<double>::quiet_NaN();

/// Coordinates of all M and L commands of the path elements that carry `attribute`.
std::vector<std::pair<double, double>> vertices(const std::string& svg, const std::string& attribute) {
  std::vector<std::pair<double, double>> out;
  for (const std::string& element : elements(svg, "path")) {
    if (element.find(attribute) == std::string::npos) continue;
    const std::size_t begin = element.find("d=\"") + 3;
    std::string data = element.substr(begin, element.find('"', begin) - begin);
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (data[i] != 'M' && data[i] != 'L') continue;
      double x = 0;
      double y = 0;
      REQUIRE(std::sscanf(data.c_str() + i + 1, "%lf %lf", &x, &y) == 2);
      out.emplace_back(x, y);
    }
  }
  return out;
}

FreeEnergy double_well() {
  FreeEnergy f;
  f.estimator = "mbar";
  f.coarse = {"x"};
  f.thermal_energy = 2;
  f.unit = "kJ/mol";
  const Index bins = 41;
  f.points.resize(bins, 1);
  f.values.resize(bins);
  f.standard_errors = Vector::Constant(bins, 0.5);
  f.reference.resize(bins);
  for (Index i = 0; i < bins; ++i) {
    const double x = -2 + 0.1 * static_cast<double>(i);
    f.points(i, 0) = x;
    f.reference[i] = 3 * (x * x - 1) * (x * x - 1);
    f.values[i] = std::abs(x) < 1.5 ? f.reference[i] : missing;
  }
  return f;
}

}  // namespace

TEST_CASE("ticks stand at round numbers inside the axis", "[unit]") {
  const auto check = [](double low, double high, int about, const std::vector<std::string>& labels) {
    const svg::Ticks ticks = svg::ticks(low, high, about);
    CHECK(ticks.labels == labels);
    for (const double value : ticks.values)
      CHECK((value >= low - 1e-9 * (high - low) && value <= high + 1e-9 * (high - low)));
  };
  check(0, 1, 5, {"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  check(-1.3, 1.3, 5, {"−1.0", "−0.5", "0", "0.5", "1.0"});
  check(0, 35, 7, {"0", "5", "10", "15", "20", "25", "30", "35"});
  check(0.0995, 0.1005, 5, {"0.0996", "0.0998", "0.1000", "0.1002", "0.1004"});
  check(0, 3e6, 3, {"0", "1e6", "2e6", "3e6"});
  check(-2e-7, 2e-7, 4, {"−2e-7", "−1e-7", "0", "1e-7", "2e-7"});
  CHECK(svg::ticks(0.5, 3.5, 9, true).labels == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("marks of a logarithmic axis are the values themselves", "[unit]") {
  CHECK(svg::logarithmic_ticks(-2, 2).labels == std::vector<std::string>{"0.01", "0.1", "1", "10", "100"});
  CHECK(svg::logarithmic_ticks(1, 2).labels == std::vector<std::string>{"10", "20", "50", "100"});
  CHECK(svg::logarithmic_ticks(-1, 0.1).labels == std::vector<std::string>{"0.1", "0.2", "0.5", "1"});
  CHECK(svg::logarithmic_ticks(-7, -4).labels == std::vector<std::string>{"1e-7", "1e-6", "1e-5", "0.0001"});
  CHECK(svg::logarithmic_ticks(-30, 30).labels.size() < 12);
}

// Seen to fail with the logarithm of x left out.
TEST_CASE("a power law is straight on logarithmic axes, where zero is a gap", "[unit]") {
  Figure figure;
  figure.x = {"n", "", {}, {}, false, true};
  figure.y = {"error", "", 1e-6, {}, false, true};
  figure.series.push_back({"", Series::Look::line, {10, 100, 1000, 1e4}, {1e-1, 1e-3, 1e-5, 0}, {}, 3});
  const std::string svg = to_svg(figure);
  CHECK(well_formed(svg) == "");
  const auto corner = vertices(svg, std::string(svg::colour(3)));
  REQUIRE(corner.size() == 3);
  CHECK(corner[1].first == Approx((corner[0].first + corner[2].first) / 2).margin(0.02));
  CHECK(corner[1].second == Approx((corner[0].second + corner[2].second) / 2).margin(0.02));
  CHECK_THAT(text_of(svg), Contains("1e-5"));
}

TEST_CASE("a curve lies where its numbers say, on upright axes", "[unit]") {
  Figure figure;
  figure.x = {"time", "ps", 0, 10};
  figure.y = {"F", "kJ/mol", -5, 5};
  figure.series.push_back({"", Series::Look::line, {0, 5, 10}, {-5, 0, 5}, {}, 3});
  const std::string svg = to_svg(figure);
  CHECK(well_formed(svg) == "");
  const auto corner = vertices(svg, std::string(svg::colour(3)));
  REQUIRE(corner.size() == 3);
  CHECK(corner[0].second > corner[2].second);  // pixels count downwards
  CHECK(corner[1].first == Approx((corner[0].first + corner[2].first) / 2).margin(0.02));
  CHECK(corner[1].second == Approx((corner[0].second + corner[2].second) / 2).margin(0.02));
  const auto texts = text_of(svg);
  CHECK_THAT(texts, Contains("time [ps]"));
  CHECK_THAT(texts, Contains("F [kJ/mol]"));
}

TEST_CASE("what is not finite is a gap, in bands as well", "[unit]") {
  Figure figure;
  figure.series.push_back(
      {"a", Series::Look::line, {0, 1, 2, 3, 4, 5}, {0, 1, missing, 1, HUGE_VAL, 2}, {1, 1, 1, missing, 1, 1}, 0});
  const std::string svg = to_svg(figure);
  CHECK(well_formed(svg) == "");
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
  // Line: 2 + 1 + 1 vertices; the band twice that; one more for the line's sample in the legend.
  CHECK(vertices(svg, std::string(svg::colour(0))).size() == 4 + 8 + 1);
}

TEST_CASE("a figure without data says so", "[unit]") {
  CHECK_THAT(text_of(to_svg(Figure{})), Contains("no data"));
  Figure figure;
  figure.series.push_back({"only gaps", Series::Look::points, {missing, 1}, {1, missing}, {}});
  const std::string svg = to_svg(figure);
  CHECK(well_formed(svg) == "");
  CHECK_THAT(text_of(svg), Contains("no data"));
}

TEST_CASE("a constant and a single value have an axis around them", "[unit]") {
  for (const double value : {0.0, 35.564, -1e-9, 1e12}) {
    Figure figure;
    figure.series.push_back({"a", Series::Look::points, {value}, {value}, {}, 0});
    const std::string svg = to_svg(figure);
    CAPTURE(value);
    CHECK(well_formed(svg) == "");
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(elements(svg, "text").size() >= 4);
  }
}

TEST_CASE("words from the user cannot break the document", "[unit]") {
  Figure figure;
  figure.title = "a < b & \"c\" > 'd'\x01";
  figure.caption = "</desc><script>";
  figure.x.label = "<x>";
  figure.series.push_back({"s & t", Series::Look::line, {0, 1}, {0, 1}, {}});
  const std::string svg = to_svg(figure);
  CHECK(well_formed(svg) == "");
  CHECK(svg.find("<script") == std::string::npos);
  CHECK_THAT(svg, Contains("a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;"));
}

TEST_CASE("the same figure gives the same bytes, on disk too", "[unit]") {
  const TemporaryFolder folder;
  const Figure figure = free_energy_figure(double_well(), "F");
  write_figure(folder / "a.svg", figure);
  CHECK(read_file(folder / "a.svg") == to_svg(figure));
  CHECK(to_svg(free_energy_figure(double_well(), "F")) == to_svg(figure));
}

TEST_CASE("equal scales make a circle round", "[unit]") {
  Cloud circle{"circle", {}, {}};
  for (int i = 0; i < 40; ++i) {
    circle.x.push_back(3 * std::cos(i * 0.157));
    circle.y.push_back(3 * std::sin(i * 0.157));
  }
  Figure figure = scatter_figure({circle}, {"x", "", {}, {}}, {"y", "", {}, {}}, "circle");
  figure.series[0].name = "";
  figure.equal_scale = true;
  const auto dots = vertices(to_svg(figure), std::string(svg::colour(0)));
  REQUIRE(dots.size() == 40);
  const auto [left, right] = std::minmax_element(dots.begin(), dots.end());
  const auto by_y = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [top, bottom] = std::minmax_element(dots.begin(), dots.end(), by_y);
  CHECK(right->first - left->first == Approx(bottom->second - top->second).epsilon(0.02));
}

TEST_CASE("a free energy is drawn with its 95 % band against the exact curve", "[unit]") {
  const FreeEnergy f = double_well();
  const Figure figure = free_energy_figure(f, "Double well");
  REQUIRE(figure.series.size() == 2);
  CHECK(figure.series[0].half_width.front() == Approx(1.96 * 0.5));
  CHECK(figure.series[1].look == Series::Look::dashed);
  CHECK(figure.y.unit == "kJ/mol");
  // The exact curve reaches 27 where nothing was sampled; the axis shows what was.
  CHECK(figure.y.high.value() < 9);
  CHECK(well_formed(to_svg(figure)) == "");
}

TEST_CASE("two coarse variables are shown as the exact marginal of the first", "[unit]") {
  // F(x, y) = f(x) + g(y) has the marginal f(x) up to a constant.
  FreeEnergy f;
  f.coarse = {"x", "y"};
  f.thermal_energy = 0.7;
  f.points.resize(12, 2);
  f.values.resize(12);
  f.standard_errors = Vector::Constant(12, 0.1);
  for (Index i = 0; i < 12; ++i) {
    f.points(i, 0) = static_cast<double>(i % 4);
    f.points(i, 1) = static_cast<double>(i / 4);
    f.values[i] = 0.3 * f.points(i, 0) * f.points(i, 0) + 1.1 * f.points(i, 1);
  }
  const Series& curve = free_energy_figure(f, "marginal").series.at(0);
  REQUIRE(curve.y.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(curve.y[i] == Approx(0.3 * static_cast<double>(i * i)).margin(1e-12));
  CHECK(curve.half_width[2] == Approx(1.96 * 0.1));
}

TEST_CASE("a free energy over a plane is shown as bands of cells, each visited one once", "[unit]") {
  FreeEnergy f;
  f.coarse = {"phi", "psi"};
  f.thermal_energy = 2.5;
  f.unit = "kJ/mol";
  f.points.resize(20, 2);
  f.values.resize(20);
  for (Index i = 0; i < 20; ++i) {
    f.points(i, 0) = 0.5 * static_cast<double>(i % 5);
    f.points(i, 1) = static_cast<double>(i / 5);
    f.values[i] = i == 7 ? std::nan("") : 3.0 * static_cast<double>(i);
  }
  const Figure figure = free_energy_map(f, "plane");
  std::size_t cells = 0;
  for (const Series& band : figure.series) {
    CHECK(band.look == Series::Look::cells);
    CHECK(band.cell_width == Approx(0.5));
    CHECK(band.cell_height == Approx(1));
    CHECK_THAT(band.name, Catch::Contains("kJ/mol"));
    cells += band.x.size();
  }
  CHECK(cells == 19);
  CHECK(figure.series.front().opacity > figure.series.back().opacity);
  CHECK(*figure.x.low == Approx(-0.25));
  CHECK(*figure.y.high == Approx(3.5));
  CHECK(well_formed(to_svg(figure)) == "");
}

TEST_CASE("earlier cycles fade behind the last one", "[unit]") {
  const Figure figure = free_energy_history_figure({double_well(), double_well(), double_well()}, "history");
  REQUIRE(figure.series.size() == 4);
  CHECK(figure.series[0].opacity < figure.series[1].opacity);
  CHECK(figure.series[1].opacity < figure.series[2].opacity);
  CHECK(figure.series[0].half_width.empty());
  CHECK_FALSE(figure.series[2].half_width.empty());
}

TEST_CASE("densities have area one each", "[unit]") {
  Sample few{"few", {}};
  Sample many{"many", {}};
  for (int i = 0; i < 500; ++i) few.values.push_back(std::sin(i * 0.7));
  for (int i = 0; i < 5000; ++i) many.values.push_back(2 + std::cos(i * 0.3));
  few.values.push_back(missing);
  const Figure figure = density_figure({few, many}, {"y", "nm", {}, {}}, "densities");
  CHECK(figure.y.unit == "1/nm");
  for (const Series& series : figure.series) {
    double area = 0;
    for (std::size_t i = 0; i + 1 < series.x.size(); i += 2) area += (series.x[i + 1] - series.x[i]) * series.y[i];
    CHECK(area == Approx(1));
  }
  CHECK(density_figure({{"constant", {2, 2, 2}}}, {"y", "", {}, {}}, "constant").series[0].y[0] > 0);
}

TEST_CASE("large clouds are thinned evenly", "[unit]") {
  Cloud cloud{"many", {}, {}};
  for (int i = 0; i < 10000; ++i) {
    cloud.x.push_back(i);
    cloud.y.push_back(-i);
  }
  const Series series = scatter_figure({cloud}, {"x", "", {}, {}}, {"y", "", {}, {}}, "many", 100).series.at(0);
  REQUIRE(series.x.size() == 100);
  CHECK(series.x[50] == 5000);
  CHECK(series.y[99] == -9900);
}

TEST_CASE("an axis that is cut above has no empty room below", "[unit]") {
  Figure figure;
  figure.y.high = 1;
  figure.series.push_back({"", Series::Look::line, {0, 1, 2}, {1000, 0.5, 0}, {}, 0});
  const auto curve = vertices(to_svg(figure), std::string(svg::colour(0)));
  REQUIRE(curve.size() == 3);
  CHECK(curve[2].second > 0.8 * (figure.height - 60));
}
