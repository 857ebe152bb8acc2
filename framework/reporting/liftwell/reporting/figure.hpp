// SPDX-License-Identifier: MIT
// A small plotter that writes SVG: lines with error bands, points, filled curves, axes with units.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/data/results.hpp"

namespace liftwell {

inline constexpr double normal_95 = 1.96;  ///< standard errors in half a 95 % interval

/// One axis. Limits that are not given enclose all finite data.
struct Axis {
  std::string label;
  std::string unit;  ///< shown in brackets; "" for none
  std::optional<double> low;
  std::optional<double> high;
  bool whole = false;        ///< ticks at whole numbers only: cycles, indices
  bool logarithmic = false;  ///< limits that are not given enclose the positive data; bands and bars are left out
  std::vector<std::string> names = {};  ///< ticks at 0, 1, 2, … that are called so
};

/// One curve or cloud. Entries whose x or y is not finite are gaps.
struct Series {
  enum class Look {
    line,    ///< with a shaded band where `half_width` is given
    dashed,  ///< a thin dark line: exact curves
    points,  ///< with bars where `half_width` is given
    filled,  ///< down to y = 0: densities
    cells,   ///< rectangles about x and y: maps of a plane
  };
  std::string name;  ///< in the legend; "" leaves it out
  Look look = Look::line;
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> half_width;          ///< of the band or bar, in y; empty for none
  int colour = -1;                         ///< index into the palette; -1: the next one
  double opacity = 1;                      ///< below 1 for what should stay in the background
  double cell_width = 0, cell_height = 0;  ///< of cells, in x and in y
};

struct Figure {
  std::string title;
  std::string caption;  ///< one plain sentence that says what is seen; also the text for screen readers
  Axis x;
  Axis y;
  std::vector<Series> series;
  bool equal_scale = false;  ///< one unit of x is as long as one of y
  double width = 720;        ///< pixels
  double height = 420;       ///< pixels
};

/// A complete SVG document: no scripts, no outside fonts, readable on its own and inside HTML. The
/// same figure gives the same bytes.
[[nodiscard]] std::string to_svg(const Figure& figure);
/// Atomic.
void write_figure(const std::filesystem::path& file, const Figure& figure);

/// F along its (first) coarse variable with a 95 % band, against the exact curve where there is one.
[[nodiscard]] Figure free_energy_figure(const FreeEnergy& free_energy, const std::string& title);

/// F over the plane of two coarse variables, in bands from dark (low) to light (high).
[[nodiscard]] Figure free_energy_map(const FreeEnergy& free_energy, const std::string& title);

/// F of several cycles, the last one with its band.
[[nodiscard]] Figure free_energy_history_figure(const std::vector<FreeEnergy>& cycles, const std::string& title);

/// A named set of samples of one quantity.
struct Sample {
  std::string name;
  std::vector<double> values;
};

/// Normalised histograms of several samples over each other, on common bins (0: chosen from the
/// data by the Freedman-Diaconis rule).
[[nodiscard]] Figure density_figure(const std::vector<Sample>& samples, const Axis& quantity, const std::string& title,
                                    int bins = 0);

/// A named set of states in the plane of two coordinates.
struct Cloud {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
};

/// States in the plane of two coordinates; at most `most` points of each cloud, evenly picked.
[[nodiscard]] Figure scatter_figure(const std::vector<Cloud>& clouds, const Axis& x, const Axis& y,
                                    const std::string& title, std::size_t most = 2000);

}  // namespace liftwell
