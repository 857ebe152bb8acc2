// SPDX-License-Identifier: MIT
#include "liftwell/families/frame_scan.hpp"

#include <algorithm>

namespace liftwell {

Index selected_frames(const EnsembleInfo& info, Index stride) {
  return (std::max<Index>(0, info.frames - info.discard_frames) + stride - 1) / stride;
}

Index thinning(const std::vector<std::shared_ptr<const Ensemble>>& ensembles, Index limit) {
  const auto kept = [&](Index stride) {
    Index sum = 0;
    for (const auto& ensemble : ensembles) sum += selected_frames(ensemble->info(), stride) * ensemble->info().walkers;
    return sum;
  };
  Index longest = 1;
  for (const auto& ensemble : ensembles) longest = std::max(longest, ensemble->info().frames);
  Index low = 1, high = longest;  // kept() falls with the stride; even one frame per walker may be above the limit
  while (low < high) {
    const Index middle = low + (high - low) / 2;
    if (kept(middle) <= limit)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

void scan_frames(const Ensemble& ensemble, Index stride, const std::function<void(const FrameBatch&)>& visit) {
  const EnsembleInfo& info = ensemble.info();
  std::vector<float> gathered;
  ensemble.for_each_chunk([&](const FrameChunk& chunk) {
    const Index end = chunk.first_frame + chunk.frames;
    const Index from = std::max(chunk.first_frame, info.discard_frames) - info.discard_frames;
    const Index first = (from + stride - 1) / stride;
    const Index number = info.discard_frames + first * stride;
    if (number >= end) return;
    FrameBatch batch{.first = first,
                     .first_number = number,
                     .stride = stride,
                     .frames = (end - 1 - number) / stride + 1,
                     .walkers = chunk.walkers,
                     .dimension = chunk.dimension,
                     .positions = chunk.state(number - chunk.first_frame, 0)};
    if (stride > 1) {
      const Index row = chunk.walkers * chunk.dimension;
      gathered.resize(static_cast<std::size_t>(batch.frames * row));
      for (Index i = 0; i < batch.frames; ++i)
        std::copy_n(chunk.state(batch.number(i) - chunk.first_frame, 0), row, gathered.data() + i * row);
      batch.positions = gathered.data();
    }
    visit(batch);
  });
}

std::vector<bool> intact_walkers(const EnsembleInfo& info) {
  std::vector<bool> intact(static_cast<std::size_t>(info.walkers), true);
  for (const Index walker : info.dropped) intact[static_cast<std::size_t>(walker)] = false;
  return intact;
}

}  // namespace liftwell
