// SPDX-License-Identifier: MIT
#include "liftwell/reporting/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "liftwell/reporting/figure_series.hpp"
#include "liftwell/reporting/svg_canvas.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

using svg::Anchor;
using svg::Canvas;
using svg::dashed_stroke;
using svg::finite;
using svg::half_width;
using svg::length;
using svg::Scale;
using svg::stroke;

constexpr double title_size = 17;
constexpr double label_size = 15;
constexpr double tick_size = 13;
constexpr double legend_row = 22;
constexpr double swatch = 26;

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] bool empty() const { return low > high; }
  [[nodiscard]] double length() const { return high - low; }
};

struct Rectangle {
  double left, top, right, bottom;
  [[nodiscard]] double width() const { return right - left; }
  [[nodiscard]] double height() const { return bottom - top; }
};

/// One legend entry with its place.
struct Entry {
  const Series* series;
  int colour;
  double x, row;
};

/// Median over all bands and bars.
double typical_half_width(const Figure& figure) {
  std::vector<double> widths;
  for (const Series& series : figure.series)
    for (std::size_t i = 0; i < length(series); ++i)
      if (finite(series, i) && half_width(series, i) > 0) widths.push_back(half_width(series, i));
  if (widths.empty()) return 0;
  const auto middle = widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2);
  std::nth_element(widths.begin(), middle, widths.end());
  return *middle;
}

/// The data's extent, where an axis does not fix it, with a little room around.
Extent limits(const Figure& figure, bool horizontal) {
  Extent values;
  for (const Series& series : figure.series)
    for (std::size_t i = 0; i < length(series); ++i)
      if (finite(series, i)) values.add(horizontal ? series.x[i] : series.y[i]);
  bool from_zero = false;
  if (!horizontal && !values.empty()) {
    // Bands and bars count, but a huge error bar may not squash the curve it belongs to.
    Extent with_bands = values;
    const double most = std::max(values.length(), 2 * typical_half_width(figure));
    for (const Series& series : figure.series)
      for (std::size_t i = 0; i < length(series); ++i) {
        if (!finite(series, i)) continue;
        const double half = std::min(half_width(series, i), most);
        with_bands.add(series.y[i] - half);
        with_bands.add(series.y[i] + half);
        if (series.look == Series::Look::filled) from_zero = true;
      }
    values = with_bands;
    if (from_zero) values.add(0);
  }
  if (values.empty()) values = {0, 1};
  const Axis& axis = horizontal ? figure.x : figure.y;
  // The room is a share of what is shown, not of what a fixed limit cuts off.
  if (axis.low) values.low = std::min(std::max(values.low, *axis.low), values.high);
  if (axis.high) values.high = std::max(std::min(values.high, *axis.high), values.low);
  double room = values.length() * (horizontal ? 0.02 : 0.05);
  if (values.length() <= 1e-12 * std::max(std::abs(values.low), std::abs(values.high)) || values.length() == 0)
    room = values.high == 0 ? 1 : 0.1 * std::abs(values.high);
  const bool grounded = from_zero && values.low == 0;
  Extent out{axis.low.value_or(grounded ? 0 : values.low - room), axis.high.value_or(values.high + room)};
  if (!(out.low < out.high)) out.high = out.low + 1;
  return out;
}

std::string axis_title(const Axis& axis) {
  return axis.unit.empty() ? axis.label : fmt::format("{} [{}]", axis.label, axis.unit);
}

std::vector<Entry> lay_out_legend(const Figure& figure, const std::vector<int>& colours, double left, double right) {
  std::vector<Entry> out;
  double x = left;
  double row = 0;
  for (std::size_t s = 0; s < figure.series.size(); ++s) {
    const Series& series = figure.series[s];
    if (series.name.empty()) continue;
    const double width = swatch + 6 + svg::text_width(series.name, tick_size) + 18;
    if (x > left && x + width > right) {
      x = left;
      ++row;
    }
    out.push_back({&series, colours[s], x, row});
    x += width;
  }
  return out;
}

void draw_legend(Canvas& canvas, const std::vector<Entry>& entries, double top) {
  for (const Entry& entry : entries) {
    const Series& series = *entry.series;
    const double y = top + entry.row * legend_row + legend_row / 2;
    std::string data;
    svg::move_to(data, entry.x, y);
    using Look = Series::Look;
    if (series.look == Look::filled || (series.look == Look::line && !series.half_width.empty()))
      canvas.raw(fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"12\" fill=\"{}\" fill-opacity=\"0.22\"/>\n", entry.x,
          y - 6, swatch, svg::colour(entry.colour)));
    if (series.look == Look::cells) {
      canvas.raw(
          fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"12\" fill=\"{}\" "
                      "fill-opacity=\"{:.3g}\"/>\n",
                      entry.x, y - 6, swatch, svg::colour(entry.colour), series.opacity));
    } else if (series.look == Look::points) {
      std::string dot;
      svg::move_to(dot, entry.x + swatch / 2, y);
      canvas.path(dot + "h0", stroke(entry.colour, 8, 1));
    } else {
      canvas.path(data + fmt::format("h{}", swatch),
                  series.look == Look::dashed ? std::string(dashed_stroke) : stroke(entry.colour, 2.4, series.opacity));
    }
    canvas.text(entry.x + swatch + 6, y + 4.5, series.name, tick_size, Anchor::start);
  }
}

void draw_axes(Canvas& canvas, const Figure& figure, const Rectangle& box, const Scale& x, const Scale& y,
               const svg::Ticks& x_ticks, const svg::Ticks& y_ticks) {
  std::string grid;
  for (const double value : x_ticks.values) {
    svg::move_to(grid, x(value), box.top);
    svg::line_to(grid, x(value), box.bottom);
  }
  for (const double value : y_ticks.values) {
    svg::move_to(grid, box.left, y(value));
    svg::line_to(grid, box.right, y(value));
  }
  canvas.path(grid, "fill=\"none\" stroke=\"#e6e6e6\" stroke-width=\"1\"");
  for (std::size_t i = 0; i < x_ticks.values.size(); ++i)
    canvas.text(x(x_ticks.values[i]), box.bottom + 19, x_ticks.labels[i], tick_size, Anchor::middle);
  for (std::size_t i = 0; i < y_ticks.values.size(); ++i)
    canvas.text(box.left - 8, y(y_ticks.values[i]) + 4.5, y_ticks.labels[i], tick_size, Anchor::end);
  canvas.text((box.left + box.right) / 2, box.bottom + 43, axis_title(figure.x), label_size, Anchor::middle);
  canvas.vertical_text(20, (box.top + box.bottom) / 2, axis_title(figure.y), label_size);
}

/// Widens one of two scales so that both have the same length per pixel.
void make_equal(Scale& x, Scale& y) {
  const double x_per_pixel = (x.high - x.low) / std::abs(x.last - x.first);
  const double y_per_pixel = (y.high - y.low) / std::abs(y.last - y.first);
  Scale& narrow = x_per_pixel < y_per_pixel ? x : y;
  const double wanted = std::max(x_per_pixel, y_per_pixel) * std::abs(narrow.last - narrow.first);
  const double middle = (narrow.low + narrow.high) / 2;
  narrow.low = middle - wanted / 2;
  narrow.high = middle + wanted / 2;
}

svg::Ticks ticks_of(const Axis& axis, const Scale& scale, double spacing) {
  if (axis.logarithmic) return svg::logarithmic_ticks(scale.low, scale.high);
  if (!axis.names.empty()) {
    svg::Ticks out{{}, axis.names};
    for (std::size_t i = 0; i < axis.names.size(); ++i) out.values.push_back(static_cast<double>(i));
    return out;
  }
  return svg::ticks(scale.low, scale.high, static_cast<int>(std::abs(scale.last - scale.first) / spacing), axis.whole);
}

/// The same figure with log10 of what belongs to logarithmic axes; what has none is a gap.
Figure with_logarithms(Figure figure) {
  const auto log = [](double& value) { value = value > 0 ? std::log10(value) : std::nan(""); };
  for (Axis* axis : {&figure.x, &figure.y}) {
    if (!axis->logarithmic) continue;
    for (std::optional<double>* limit : {&axis->low, &axis->high})
      if (*limit) log(**limit);
    for (Series& series : figure.series) {
      for (double& value : axis == &figure.x ? series.x : series.y) log(value);
      series.half_width.clear();
    }
  }
  return figure;
}

}  // namespace

std::string to_svg(const Figure& given) {
  const Figure figure = with_logarithms(given);
  std::vector<int> colours;
  int next = 0;
  for (const Series& series : figure.series)
    colours.push_back(series.colour >= 0 ? series.colour : series.look == Series::Look::dashed ? 0 : next++);

  const Extent x_range = limits(figure, true);
  const Extent y_range = limits(figure, false);
  const auto y_labels = ticks_of(figure.y, {y_range.low, y_range.high, figure.height, 0}, 60).labels;
  double widest = 0;
  for (const std::string& label : y_labels) widest = std::max(widest, svg::text_width(label, tick_size));
  Rectangle box{std::max(64.0, widest + 46), 44, figure.width - 24, figure.height - 60};
  const auto legend = lay_out_legend(figure, colours, box.left, box.right);
  if (!legend.empty()) box.top += (legend.back().row + 1) * legend_row + 6;

  Scale x{x_range.low, x_range.high, box.left, box.right};
  Scale y{y_range.low, y_range.high, box.bottom, box.top};
  if (figure.equal_scale) make_equal(x, y);

  Canvas canvas;
  canvas.raw(
      fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
                  "height=\"{1}\" role=\"img\" aria-label=\"{2}\" "
                  "font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" "
                  "fill=\"#1a1a1a\">\n<desc>{3}</desc>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
                  figure.width, figure.height, svg::escaped(figure.title), svg::escaped(figure.caption)));
  canvas.text(box.left, 28, figure.title, title_size, Anchor::start, "font-weight=\"bold\"");
  draw_legend(canvas, legend, 42);
  draw_axes(canvas, figure, box, x, y, ticks_of(figure.x, x, 90), ticks_of(figure.y, y, 55));
  // An inner SVG cuts off what leaves the axes, without ids that could clash inside a page.
  canvas.raw(
      fmt::format("<svg x=\"{0:.2f}\" y=\"{1:.2f}\" width=\"{2:.2f}\" height=\"{3:.2f}\" "
                  "viewBox=\"{0:.2f} {1:.2f} {2:.2f} {3:.2f}\">\n",
                  box.left, box.top, box.width(), box.height()));
  svg::draw_series(canvas, figure.series, colours, x, y);
  canvas.raw("</svg>\n");
  canvas.raw(
      fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"none\" "
                  "stroke=\"#555555\"/>\n",
                  box.left, box.top, box.width(), box.height()));
  const bool nothing = std::none_of(figure.series.begin(), figure.series.end(), [](const Series& s) {
    for (std::size_t i = 0; i < length(s); ++i)
      if (finite(s, i)) return true;
    return false;
  });
  if (nothing)
    canvas.text((box.left + box.right) / 2, (box.top + box.bottom) / 2, "no data", label_size, Anchor::middle);
  canvas.raw("</svg>\n");
  return canvas.str();
}

void write_figure(const std::filesystem::path& file, const Figure& figure) { write_file(file, to_svg(figure)); }

}  // namespace liftwell
