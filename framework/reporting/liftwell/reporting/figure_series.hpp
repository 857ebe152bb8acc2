// SPDX-License-Identifier: MIT
// Draws the series of a figure: bands and areas lowest, then points, lines, and exact curves on top.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "liftwell/reporting/figure.hpp"
#include "liftwell/reporting/svg_canvas.hpp"

namespace liftwell::svg {

inline constexpr const char* dashed_stroke =
    "fill=\"none\" stroke=\"#1a1a1a\" stroke-width=\"1.6\" stroke-dasharray=\"6 4\" stroke-linejoin=\"round\"";

/// Attributes of a line in a colour of the palette.
[[nodiscard]] std::string stroke(int colour, double width, double opacity);

/// Number of entries that have an x and a y.
[[nodiscard]] std::size_t length(const Series& series);
[[nodiscard]] bool finite(const Series& series, std::size_t i);
/// Of the band or bar at entry i; 0 where there is none.
[[nodiscard]] double half_width(const Series& series, std::size_t i);

/// `colours[i]` is the palette index of series i.
void draw_series(Canvas& canvas, const std::vector<Series>& series, const std::vector<int>& colours, const Scale& x,
                 const Scale& y);

}  // namespace liftwell::svg
