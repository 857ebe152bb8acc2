// SPDX-License-Identifier: MIT
#include "liftwell/reporting/svg_canvas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace liftwell::svg {
namespace {

constexpr std::array<std::string_view, 7> palette{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                  "#e69f00", "#56b4e9", "#4d4d4d"};
constexpr std::string_view minus = "\u2212";

/// Pixels with at most two digits after the point and no trailing zeros.
std::string pixel(double value) {
  std::string out = fmt::format("{:.2f}", std::clamp(value, -1e6, 1e6));
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out == "-0" ? "0" : out;
}

std::string tick_label(double value, double step) {
  const double size = std::abs(value);
  std::string digits;
  if (size < step * 1e-6) {
    digits = "0";
  } else if (step >= 1e5 || step < 1e-4) {
    const int exponent = static_cast<int>(std::floor(std::log10(size) + 1e-9));
    const int decimals = std::max(0, exponent - static_cast<int>(std::floor(std::log10(step) + 1e-9)));
    digits = fmt::format("{:.{}f}e{}", size / std::pow(10.0, exponent), decimals, exponent);
  } else {
    const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
    digits = fmt::format("{:.{}f}", size, decimals);
  }
  return value < 0 && digits != "0" ? std::string(minus) + digits : digits;
}

}  // namespace

std::string_view colour(int index) { return palette[static_cast<std::size_t>(index) % palette.size()]; }

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        // Control characters have no place in XML.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;  // later bytes of one UTF-8 character
    const bool narrow = std::string_view(" .,:;'|!ijlft()[]").find(c) != std::string_view::npos;
    const bool wide = (c >= 'A' && c <= 'Z') || c == 'm' || c == 'w' || c == '%';
    width += narrow ? 0.32 : wide ? 0.74 : 0.57;
  }
  return width * font_size;
}

Ticks ticks(double low, double high, int about, bool whole) {
  const double raw = (high - low) / std::max(1, about);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  const double ratio = raw / power;
  const double nice = power * (ratio <= 1.5 ? 1 : ratio <= 3.5 ? 2 : ratio <= 7.5 ? 5 : 10);
  const double step = whole ? std::max(1.0, nice) : nice;
  Ticks out;
  // Counting in whole steps keeps rounding errors out of the labels.
  const double begin = std::ceil(low / step - 1e-9);
  const double end = std::floor(high / step + 1e-9);
  for (double n = begin; n <= end && out.values.size() < 100; ++n) {
    out.values.push_back(n * step);
    out.labels.push_back(tick_label(n * step, step));
  }
  return out;
}

Ticks logarithmic_ticks(double low, double high) {
  Ticks out;
  const bool between = high - low < 2.5;
  const int first = static_cast<int>(std::floor(low)), last = static_cast<int>(std::ceil(high));
  const int stride = std::max(1, (last - first) / 8);
  for (int power = first; power <= last; power += stride)
    for (const int factor : {1, 2, 5}) {
      const double value = power + std::log10(factor);
      if (value < low - 1e-9 || value > high + 1e-9 || (factor > 1 && !between)) continue;
      out.values.push_back(value);
      out.labels.push_back(power < -4 || power > 4
                               ? fmt::format("{}e{}", factor, power)
                               : fmt::format("{:.{}f}", factor * std::pow(10.0, power), std::max(0, -power)));
    }
  return out;
}

void Canvas::text(double x, double y, std::string_view words, double font_size, Anchor anchor,
                  std::string_view attributes) {
  constexpr std::array<std::string_view, 3> names{"start", "middle", "end"};
  out_ += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{}\"{}{}>{}</text>\n", pixel(x), pixel(y),
                      pixel(font_size), names[static_cast<std::size_t>(anchor)], attributes.empty() ? "" : " ",
                      attributes, escaped(words));
}

void Canvas::vertical_text(double x, double y, std::string_view words, double font_size) {
  text(x, y, words, font_size, Anchor::middle, fmt::format("transform=\"rotate(-90 {} {})\"", pixel(x), pixel(y)));
}

void Canvas::path(const std::string& data, std::string_view attributes) {
  if (!data.empty()) out_ += fmt::format("<path d=\"{}\" {}/>\n", data, attributes);
}

void move_to(std::string& data, double x, double y) { data += "M" + pixel(x) + " " + pixel(y); }
void line_to(std::string& data, double x, double y) { data += "L" + pixel(x) + " " + pixel(y); }

}  // namespace liftwell::svg
