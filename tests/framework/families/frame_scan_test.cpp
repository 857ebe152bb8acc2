// SPDX-License-Identifier: MIT
// Which frames are read when equilibration is left out and the rest is thinned.
#include <catch2/catch.hpp>

#include "liftwell/families/frame_scan.hpp"
#include "support/memory_ensemble.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// Value of frame f, walker w: 100 f + w.
std::shared_ptr<MemoryEnsemble> numbered(Index frames, Index discard, Index chunk) {
  EnsembleInfo info;
  info.walkers = 3;
  info.frames = frames;
  info.dimension = 1;
  info.discard_frames = discard;
  const auto out = std::make_shared<MemoryEnsemble>(info, chunk);
  for (Index f = 0; f < frames; ++f)
    for (Index w = 0; w < 3; ++w) out->at(f, w) = static_cast<float>(100 * f + w);
  return out;
}

}  // namespace

TEST_CASE("Every stride-th frame after the discarded ones is visited once, in order", "[unit]") {
  const Index frames = GENERATE(0, 1, 5, 20), discard = GENERATE(0, 3, 20), chunk = GENERATE(1, 4, 7, 64),
              stride = GENERATE(1, 2, 5);
  const auto ensemble = numbered(frames, discard, chunk);
  std::vector<Index> numbers;
  scan_frames(*ensemble, stride, [&](const FrameBatch& batch) {
    CHECK(batch.first == static_cast<Index>(numbers.size()));
    for (Index i = 0; i < batch.frames; ++i) {
      numbers.push_back(batch.number(i));
      for (Index w = 0; w < 3; ++w) CHECK(*batch.state(i, w) == static_cast<float>(100 * batch.number(i) + w));
    }
  });
  std::vector<Index> expected;
  for (Index f = discard; f < frames; f += stride) expected.push_back(f);
  CHECK(numbers == expected);
  CHECK(selected_frames(ensemble->info(), stride) == static_cast<Index>(expected.size()));
}

TEST_CASE("Thinning finds the smallest stride that respects the limit", "[unit]") {
  const std::vector<std::shared_ptr<const Ensemble>> ensembles{numbered(100, 10, 64), numbered(50, 0, 64)};
  CHECK(thinning(ensembles, 1000) == 1);
  CHECK(thinning(ensembles, 420) == 1);
  CHECK(thinning(ensembles, 419) == 2);
  CHECK(thinning(ensembles, 210) == 2);
  CHECK(thinning(ensembles, 1) == 100);
}
