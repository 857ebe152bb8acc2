// SPDX-License-Identifier: MIT
// Cells: where a frame is, as far as a Markov model can tell.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "liftwell/registry/declaration.hpp"
#include "sampled_frames.hpp"

namespace liftwell {

struct CellOptions {
  std::vector<double> widths;
  std::vector<Component<CoarseVariable>> further;
  std::vector<double> further_widths;

  void check(Problems& problems) const {
    if (further_widths.size() != further.size())
      problems.add("further_widths", "must have one number per further variable",
                   fmt::format("{} numbers", further_widths.size()), fmt::format("{} numbers", further.size()));
  }
};

inline Group<CellOptions> cell_parameters() {
  return Group<CellOptions>()
      .parameter("widths", &CellOptions::widths, unit::coarse,
                 "Widths of the cells along the variables of the profile; the profile's bins when left out.", above(0))
      .parameter("further", &CellOptions::further, unit::none,
                 "Further coarse variables that tell cells apart: those in which walkers get stuck.")
      .parameter("further_widths", &CellOptions::further_widths, unit::coarse,
                 "Widths of the cells along the further variables.", above(0));
}

/// The cells that frames fell in, numbered from 0 in the order of first visits.
struct Cells {
  std::vector<Index> of;  ///< per frame
  Index count = 0;
};

/// One direction of the grid of cells: [low + i width, low + (i+1) width) for every whole i, on a circle as many
/// equal ones as come nearest to `width`.
struct CellAxis {
  double low = 0, width = 1;
  Index around = 0;  ///< cells on the circle; 0 on the line

  CellAxis(double origin, double wanted, double period) : low(origin), width(wanted) {
    if (period <= 0) return;
    around = std::max<Index>(1, static_cast<Index>(std::llround(period / wanted)));
    width = period / static_cast<double>(around);
  }
  [[nodiscard]] Index place(double value) const {
    const auto at = static_cast<Index>(std::floor((value - low) / width));
    return around > 0 ? (at % around + around) % around : at;
  }
};

/// Cells of the profile's variables (`frames.coarse`) and of the further ones (`frames.features`).
inline Cells make_cells(const SampledFrames& frames, const EstimationRequest& request, const CellOptions& options,
                        const CoarseMap& further) {
  if (!options.widths.empty() && static_cast<Index>(options.widths.size()) != request.coarse.size())
    throw InputError(fmt::format("'widths' of the cells has {} numbers, the profile has {} variables",
                                 options.widths.size(), request.coarse.size()));
  std::vector<CellAxis> axes;
  for (Index k = 0; k < request.coarse.size(); ++k) {
    const auto at = static_cast<std::size_t>(k);
    const double bin = (request.grid.high[k] - request.grid.low[k]) / static_cast<double>(request.grid.bins[at]);
    axes.emplace_back(request.grid.low[k], options.widths.empty() ? bin : options.widths[at], request.coarse.period(k));
  }
  for (Index k = 0; k < further.size(); ++k)
    axes.emplace_back(0, options.further_widths[static_cast<std::size_t>(k)], further.period(k));

  Cells out;
  std::map<std::vector<Index>, Index> number;
  std::vector<Index> place(axes.size());
  const Index profile = request.coarse.size();
  for (Index n = 0; n < frames.size(); ++n) {
    for (Index k = 0; k < static_cast<Index>(axes.size()); ++k)
      place[static_cast<std::size_t>(k)] =
          axes[static_cast<std::size_t>(k)].place(k < profile ? frames.coarse(n, k) : frames.features(n, k - profile));
    out.of.push_back(number.try_emplace(place, static_cast<Index>(number.size())).first->second);
  }
  out.count = static_cast<Index>(number.size());
  return out;
}

}  // namespace liftwell
