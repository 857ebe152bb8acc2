// SPDX-License-Identifier: MIT
// Starts from the simulated frames whose coarse values are nearest to the target.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "liftwell/families/frame_scan.hpp"
#include "liftwell/families/start_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t max_frames = 1'000'000;
};

struct Found {
  double distance = std::numeric_limits<double>::infinity();
  std::size_t ensemble = 0;
  Index walker = 0;
  Index frame = 0;
  std::vector<float> state;
};

/// Each walker's trajectory is cut into pieces of time; for each target the nearest frame of every
/// piece is a candidate, nearest first. So the starts of one target are distinct frames spread over
/// walkers and times, as far as the data allow. Distances are Euclidean in coarse values divided by
/// the range of the targets where there are several variables.
class NearestFrame final : public StartPolicy {
 public:
  explicit NearestFrame(const Options& options) : options_(options) {}

  bool needs_data() const override { return true; }

  std::vector<StartCandidates> propose(const StartRequest& request) const override {
    if (request.targets == nullptr || request.coarse == nullptr)
      throw InputError("nearest_frame needs targets: coarse values to be near to");
    const Matrix& targets = request.targets->values;
    const CoarseMap& coarse = *request.coarse;
    Vector scale = Vector::Ones(coarse.size());
    if (coarse.size() > 1 && targets.rows() > 1)
      for (Index k = 0; k < coarse.size(); ++k)
        if (const double range = targets.col(k).maxCoeff() - targets.col(k).minCoeff(); range > 0) scale[k] = range;

    const Index stride = thinning(request.data, options_.max_frames);
    Index walkers = 0;
    for (const auto& ensemble : request.data)
      if (selected_frames(ensemble->info(), stride) > 0) walkers += ensemble->info().walkers;
    if (walkers == 0) throw InputError("nearest_frame has no frames to choose from; give it data of an earlier stage");
    const Index wanted = 4 * request.per_target;  // some will be turned away later
    const Index pieces = std::max<Index>(1, (wanted + walkers - 1) / walkers);

    std::vector<std::vector<Found>> found(static_cast<std::size_t>(targets.rows()));
    for (std::size_t e = 0; e < request.data.size(); ++e) search(request, e, stride, pieces, scale, found);

    std::vector<StartCandidates> out;
    for (auto& list : found) {
      std::stable_sort(list.begin(), list.end(),
                       [](const Found& a, const Found& b) { return a.distance < b.distance; });
      while (!list.empty() && !std::isfinite(list.back().distance)) list.pop_back();
      if (static_cast<Index>(list.size()) > wanted) list.resize(static_cast<std::size_t>(wanted));
      StartCandidates& candidates = out.emplace_back();
      candidates.states.resize(static_cast<Index>(list.size()), request.system.dimension());
      for (std::size_t i = 0; i < list.size(); ++i) {
        const EnsembleInfo& info = request.data[list[i].ensemble]->info();
        for (Index c = 0; c < candidates.states.cols(); ++c)
          candidates.states(static_cast<Index>(i), c) = static_cast<double>(list[i].state[static_cast<std::size_t>(c)]);
        candidates.origin.push_back(
            fmt::format("{} cycle {} walker {} frame {}", info.stage, info.cycle, list[i].walker, list[i].frame));
      }
    }
    return out;
  }

 private:
  /// Appends to `found`, for every target, the nearest frame of each piece of each walker.
  static void search(const StartRequest& request, std::size_t e, Index stride, Index pieces, const Vector& scale,
                     std::vector<std::vector<Found>>& found) {
    const Ensemble& ensemble = *request.data[e];
    const EnsembleInfo& info = ensemble.info();
    const Index frames = selected_frames(info, stride);
    if (frames == 0) return;
    const auto intact = intact_walkers(info);
    const auto offset = found.empty() ? 0 : found.front().size();
    for (auto& list : found) list.resize(offset + static_cast<std::size_t>(info.walkers * pieces));
    scan_frames(ensemble, stride, [&](const FrameBatch& batch) {
      const Matrix values = request.coarse->values(batch.positions, batch.rows(), batch.dimension);
      request.executor.for_each(static_cast<Index>(found.size()), [&](Index t) {
        auto& list = found[static_cast<std::size_t>(t)];
        for (Index row = 0; row < values.rows(); ++row) {
          const Index walker = row % batch.walkers, i = row / batch.walkers;
          if (!intact[static_cast<std::size_t>(walker)]) continue;
          double squared = 0;
          for (Index k = 0; k < values.cols(); ++k) {
            const double apart =
                request.coarse->difference(k, values(row, k), request.targets->values(t, k)) / scale[k];
            squared += apart * apart;
          }
          const Index piece = (batch.first + i) * pieces / frames;
          Found& best = list[offset + static_cast<std::size_t>(walker * pieces + piece)];
          if (squared < best.distance) {
            const float* state = batch.state(i, walker);
            best = {squared, e, walker, batch.number(i), {state, state + batch.dimension}};
          }
        }
      });
    });
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(nearest_frame) {
  return Declaration<StartPolicy, Options>("nearest_frame",
                                           "Starts from earlier frames whose coarse value is nearest to the target.")
      .reference("Textbook: frames of an exploratory run seed the umbrella windows.")
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to look at; more are thinned evenly.",
                 at_least(1))
      .example("{type: nearest_frame}")
      .creates<NearestFrame>();
}

}  // namespace liftwell
