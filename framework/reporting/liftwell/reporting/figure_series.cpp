// SPDX-License-Identifier: MIT
#include "liftwell/reporting/figure_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace liftwell::svg {

double half_width(const Series& series, std::size_t i) {
  const double value = i < series.half_width.size() ? series.half_width[i] : 0;
  return std::isfinite(value) ? std::abs(value) : 0;
}

std::size_t length(const Series& series) { return std::min(series.x.size(), series.y.size()); }
bool finite(const Series& series, std::size_t i) { return std::isfinite(series.x[i]) && std::isfinite(series.y[i]); }

std::string stroke(int colour, double width, double opacity) {
  std::string out =
      fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\" stroke-linecap=\"round\"",
                  svg::colour(colour), width);
  if (opacity < 1) out += fmt::format(" stroke-opacity=\"{:.3g}\"", opacity);
  return out;
}

namespace {

/// Calls `draw(first, last)` for each run of finite entries [first, last).
template <class Draw>
void for_each_run(const Series& series, Draw draw) {
  for (std::size_t i = 0; i < length(series);) {
    std::size_t end = i;
    while (end < length(series) && finite(series, end)) ++end;
    if (end > i) draw(i, end);
    i = end + 1;
  }
}

/// Everything that belongs inside the axes.
class Plot {
 public:
  Plot(Canvas& canvas, const Scale& x, const Scale& y) : canvas_(canvas), x_(x), y_(y) {}

  void band(const Series& series, int colour) {
    std::string data;
    for_each_run(series, [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i)
        add(data, i == first, series.x[i], series.y[i] + half_width(series, i));
      for (std::size_t i = last; i-- > first;) add(data, false, series.x[i], series.y[i] - half_width(series, i));
      data += "Z";
    });
    fill(data, colour, 0.22);
  }
  void area(const Series& series, int colour) {
    std::string data;
    for_each_run(series, [&](std::size_t first, std::size_t last) {
      add(data, true, series.x[first], 0);
      for (std::size_t i = first; i < last; ++i) add(data, false, series.x[i], series.y[i]);
      add(data, false, series.x[last - 1], 0);
      data += "Z";
    });
    fill(data, colour, 0.18);
  }
  void cells(const Series& series, int colour) {
    std::string data;
    const double width = std::abs(x_(series.cell_width) - x_(0)), height = std::abs(y_(series.cell_height) - y_(0));
    for (std::size_t i = 0; i < length(series); ++i) {
      if (!finite(series, i)) continue;
      svg::move_to(data, x_(series.x[i]) - width / 2, y_(series.y[i]) - height / 2);
      data += fmt::format("h{0:.2f}v{1:.2f}h-{0:.2f}Z", width, height);
    }
    // Drawn edge to edge: smoothed edges would leave a white grid.
    canvas_.path(data, fmt::format("fill=\"{}\" fill-opacity=\"{:.3g}\" stroke=\"none\" shape-rendering=\"crispEdges\"",
                                   svg::colour(colour), series.opacity));
  }
  void line(const Series& series, const std::string& attributes) {
    std::string data;
    for_each_run(series, [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) add(data, i == first, series.x[i], series.y[i]);
      if (last - first == 1) data += "h0";  // a lone value is a dot
    });
    canvas_.path(data, attributes);
  }
  void points(const Series& series, int colour) {
    std::string dots;
    std::string bars;
    for (std::size_t i = 0; i < length(series); ++i) {
      if (!finite(series, i)) continue;
      add(dots, true, series.x[i], series.y[i]);
      dots += "h0";
      const double half = half_width(series, i);
      if (half == 0) continue;
      for (const double end : {series.y[i] - half, series.y[i] + half}) {
        svg::move_to(bars, x_(series.x[i]) - 4, y_(end));
        bars += "h8";
      }
      add(bars, true, series.x[i], series.y[i] - half);
      add(bars, false, series.x[i], series.y[i] + half);
    }
    canvas_.path(bars, stroke(colour, 1.4, series.opacity));
    // Zero-length strokes with round ends are dots at a tenth of the size of circle elements.
    const bool crowd = length(series) > 60;
    canvas_.path(dots, stroke(colour, crowd ? 3.6 : 7, crowd ? 0.55 * series.opacity : series.opacity));
  }

 private:
  void add(std::string& data, bool first, double x, double y) {
    first ? svg::move_to(data, x_(x), y_(y)) : svg::line_to(data, x_(x), y_(y));
  }
  void fill(const std::string& data, int colour, double opacity) {
    canvas_.path(data, fmt::format("fill=\"{}\" fill-opacity=\"{}\" stroke=\"none\"", svg::colour(colour), opacity));
  }

  Canvas& canvas_;
  Scale x_;
  Scale y_;
};

}  // namespace

void draw_series(Canvas& canvas, const std::vector<Series>& series, const std::vector<int>& colours, const Scale& x,
                 const Scale& y) {
  Plot plot(canvas, x, y);
  using Look = Series::Look;
  const auto each = [&](auto draw) {
    for (std::size_t s = 0; s < series.size(); ++s) draw(series[s], colours[s]);
  };
  // What covers most lies lowest.
  each([&](const Series& s, int colour) {
    if (s.look == Look::cells) plot.cells(s, colour);
    if (s.look == Look::filled) plot.area(s, colour);
    if (s.look == Look::line && !s.half_width.empty()) plot.band(s, colour);
  });
  each([&](const Series& s, int colour) {
    if (s.look == Look::points) plot.points(s, colour);
  });
  each([&](const Series& s, int colour) {
    if (s.look == Look::line || s.look == Look::filled) plot.line(s, stroke(colour, 2.2, s.opacity));
  });
  each([&](const Series& s, int) {
    if (s.look == Look::dashed) plot.line(s, dashed_stroke);
  });
}

}  // namespace liftwell::svg
