// SPDX-License-Identifier: MIT
#include "local_equilibrium.hpp"

#include <cmath>

namespace liftwell {

std::string misfit_of(const MarkovOptions& options, const PlannedData& data) {
  if (const auto widths = std::ssize(options.cells.widths); widths > 0 && widths != data.coarse.size())
    return fmt::format("makes a profile of {} variables, but 'widths' of the cells has {} numbers", data.coarse.size(),
                       widths);
  if (!options.lag || data.frame_time == 0) return {};
  const double frames = *options.lag / data.frame_time;
  if (frames < 0.5 || std::abs(frames - std::round(frames)) > 1e-3)
    return fmt::format("has a frame every {:.6g}, and the lag time {:.6g} is no multiple of it", data.frame_time,
                       *options.lag);
  if (data.frames > 0 && std::llround(frames) >= data.frames)
    return fmt::format(
        "has walkers of {} frames after those discarded, {:.6g} apart, and the lag time {:.6g} is longer than any of "
        "them",
        data.frames, data.frame_time, *options.lag);
  return {};
}

}  // namespace liftwell
