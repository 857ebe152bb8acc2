// SPDX-License-Identifier: MIT
// The drawing half of a figure: data coordinates to pixels, and the elements of an SVG document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace liftwell::svg {

/// Colours that people with any common colour vision tell apart (Okabe and Ito 2008, without yellow,
/// which is too light on white).
[[nodiscard]] std::string_view colour(int index);

/// `text` for use between tags and in attributes.
[[nodiscard]] std::string escaped(std::string_view text);

/// Width in pixels of `text` in the figure's font, good to about 10 %.
[[nodiscard]] double text_width(std::string_view text, double font_size);

/// Marks of an axis at 1, 2 or 5 times a power of ten.
struct Ticks {
  std::vector<double> values;
  std::vector<std::string> labels;  ///< as few digits as tell them apart
};
[[nodiscard]] Ticks ticks(double low, double high, int about, bool whole = false);
/// Marks of an axis of log10(value) at powers of ten or, where those are few, at 1, 2 and 5 times them; labelled with
/// the value itself.
[[nodiscard]] Ticks logarithmic_ticks(double low, double high);

/// A linear map from data to pixels.
struct Scale {
  double low = 0;
  double high = 1;
  double first = 0;  ///< pixel of `low`
  double last = 1;   ///< pixel of `high`
  [[nodiscard]] double operator()(double value) const { return first + (value - low) / (high - low) * (last - first); }
};

enum class Anchor { start, middle, end };

/// Collects elements; coordinates are rounded to a hundredth of a pixel.
class Canvas {
 public:
  void text(double x, double y, std::string_view words, double font_size, Anchor anchor,
            std::string_view attributes = {});
  /// Rotated by 90 degrees counter-clockwise about its middle.
  void vertical_text(double x, double y, std::string_view words, double font_size);
  /// One path element; `data` from the functions below.
  void path(const std::string& data, std::string_view attributes);
  void raw(std::string_view element) { out_ += element; }
  [[nodiscard]] const std::string& str() const { return out_; }

 private:
  std::string out_;
};

/// "M x y" and "L x y", short.
void move_to(std::string& data, double x, double y);
void line_to(std::string& data, double x, double y);

}  // namespace liftwell::svg
