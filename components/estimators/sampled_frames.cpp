// SPDX-License-Identifier: MIT
#include "sampled_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "liftwell/families/chain_statistics.hpp"
#include "liftwell/families/circle.hpp"
#include "liftwell/families/frame_scan.hpp"

namespace liftwell {
namespace detail {

std::string describe(const SampledState& state) {
  if (state.bias < 0) return "the unbiased data";
  const std::string centre = fmt::format("{:.4g}", fmt::join(state.centre.begin(), state.centre.end(), ", "));
  return state.centre.size() > 1 ? "the window at (" + centre + ")" : "the window at " + centre;
}

std::string listed(std::vector<std::string> names) {
  constexpr std::size_t most = 6;
  const std::size_t more = names.size() > most ? names.size() - most : 0;
  if (more > 0) names.resize(most);
  return fmt::format("{}{}", fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace detail

namespace {

/// Whole walkers where a state has at least this many; else every walker is cut into blocks.
constexpr std::size_t walkers_for_whole = 8;

/// Fills block and block_state. Blocks of cut walkers are 4 integrated autocorrelation times of the
/// slowest coarse variable long (walkers that disagree count as correlated).
void assign_blocks(SampledFrames& frames) {
  const auto runs = walkers_by_state(frames);
  frames.block.resize(frames.state.size());
  for (std::size_t s = 0; s < runs.size(); ++s) {
    SampledState& state = frames.states[s];
    Index length = state.frames;
    if (runs[s].size() < walkers_for_whole) {
      double time = 1;
      for (Index k = 0; k < frames.coarse.cols(); ++k) {
        std::vector<Vector> chains;
        for (const SampledWalker& run : runs[s])
          chains.emplace_back(frames.coarse.col(k).segment(run.first, run.count));
        time = std::max(time, chain_statistics(chains).statistical_inefficiency);
      }
      length = static_cast<Index>(std::ceil(4 * time));
    }
    for (const SampledWalker& run : runs[s]) {
      const Index count = std::max<Index>(1, run.count / length);
      const auto first_block = static_cast<Index>(frames.block_state.size());
      for (Index i = 0; i < run.count; ++i)
        frames.block[static_cast<std::size_t>(run.first + i)] = first_block + i * count / run.count;
      frames.block_state.insert(frames.block_state.end(), static_cast<std::size_t>(count), static_cast<Index>(s));
      state.blocks += count;
    }
    if (state.blocks < 4)
      frames.notes.push_back(fmt::format("{} holds only {} independent block{}; error bars understate what it adds",
                                         detail::describe(state), state.blocks, state.blocks == 1 ? "" : "s"));
  }
}

/// Fills the independence of every state: 1/g, g = 1 + 2 x integrated autocorrelation time, in frames, of the slowest
/// variable of its own bias, or of the profile in unbiased data. Walkers that disagree count as correlated. Energies of
/// frames in other states are functions of these variables, so it is their autocorrelation that matters.
void measure_independence(SampledFrames& frames, const Executor& executor) {
  const auto runs = walkers_by_state(frames);
  executor.for_each(std::ssize(frames.states), [&](Index s) {
    SampledState& state = frames.states[static_cast<std::size_t>(s)];
    const auto number = static_cast<std::size_t>(state.bias);
    const Bias* bias = state.bias < 0 ? nullptr : frames.biases[number];
    const Matrix& values = bias == nullptr ? frames.coarse : frames.bias_coarse[number];
    double inefficiency = 1;
    for (Index k = 0; k < values.cols(); ++k) {
      std::vector<Vector> chains;
      for (const SampledWalker& run : runs[static_cast<std::size_t>(s)]) {
        chains.emplace_back(values.col(k).segment(run.first, run.count));
        if (bias != nullptr && bias->centred())  // around the centre no walker jumps by a period
          for (double& value : chains.back()) value = bias->coarse().difference(k, value, state.centre[k]);
      }
      inefficiency = std::max(inefficiency, chain_statistics(chains).statistical_inefficiency);
    }
    state.independence = 1 / inefficiency;
  });
}

void require_finite(const Matrix& values, const EnsembleInfo& info, const FrameBatch& batch) {
  if (values.allFinite()) return;
  for (Index row = 0; row < values.rows(); ++row)
    if (!values.row(row).allFinite())
      throw RunError(fmt::format("frame {} of walker {} of stage {}, cycle {} has a coarse value that is not a number",
                                 batch.number(row / batch.walkers), row % batch.walkers, info.stage, info.cycle));
}

}  // namespace

std::vector<std::vector<SampledWalker>> walkers_by_state(const SampledFrames& frames) {
  std::vector<std::vector<SampledWalker>> out(frames.states.size());
  for (const SampledWalker& walker : frames.walkers)
    out[static_cast<std::size_t>(frames.state[static_cast<std::size_t>(walker.first)])].push_back(walker);
  return out;
}

std::vector<std::vector<Index>> blocks_by_state(const SampledFrames& frames) {
  std::vector<std::vector<Index>> out(frames.states.size());
  for (std::size_t b = 0; b < frames.block_state.size(); ++b)
    out[static_cast<std::size_t>(frames.block_state[b])].push_back(static_cast<Index>(b));
  return out;
}

SampledFrames read_frames(const EstimationRequest& request, Index max_frames, const CoarseMap* features) {
  SampledFrames out;
  std::vector<std::shared_ptr<const Ensemble>> ensembles;
  for (const BiasedEnsemble& item : request.data) {
    const EnsembleInfo& info = item.ensemble->info();
    if (std::abs(info.thermal_energy - request.thermal_energy) > 1e-9 * request.thermal_energy)
      throw InputError(fmt::format("stage {} was simulated at kT = {}, the estimate is for kT = {}", info.stage,
                                   info.thermal_energy, request.thermal_energy));
    ensembles.push_back(item.ensemble);
  }
  const Index stride = thinning(ensembles, max_frames);

  // States first, so that every sample can be filed at once. Equal biases are recognised by their
  // resolved text; an ensemble without text (made in memory) is told apart by the object.
  std::map<std::string, Index> bias_index;
  std::map<std::pair<Index, std::vector<double>>, Index> state_index;
  std::vector<std::vector<Index>> first_sample(request.data.size());  // per walker; -1 when dropped
  Index samples = 0;
  for (std::size_t e = 0; e < request.data.size(); ++e) {
    const EnsembleInfo& info = request.data[e].ensemble->info();
    const Bias* bias = request.data[e].bias.get();
    Index bias_number = -1;
    if (bias != nullptr) {
      const std::string key = info.bias.empty() ? fmt::format("{}", static_cast<const void*>(bias)) : info.bias;
      bias_number = bias_index.try_emplace(key, static_cast<Index>(out.biases.size())).first->second;
      if (bias_number == static_cast<Index>(out.biases.size())) out.biases.push_back(bias);
    }
    const Index per_walker = selected_frames(info, stride);
    const auto intact = intact_walkers(info);
    for (Index w = 0; w < info.walkers; ++w) {
      first_sample[e].push_back(intact[static_cast<std::size_t>(w)] ? samples : -1);
      if (!intact[static_cast<std::size_t>(w)] || per_walker == 0) continue;
      Vector centre;
      if (bias != nullptr) centre = info.centres.row(info.window[static_cast<std::size_t>(w)]);
      const auto key = std::pair(bias_number, std::vector<double>(centre.begin(), centre.end()));
      const Index s = state_index.try_emplace(key, static_cast<Index>(out.states.size())).first->second;
      if (s == static_cast<Index>(out.states.size())) out.states.push_back({bias_number, centre});
      out.states[static_cast<std::size_t>(s)].frames += per_walker;
      out.walkers.push_back({samples, per_walker, static_cast<double>(stride * info.stride) * info.timestep});
      out.state.insert(out.state.end(), static_cast<std::size_t>(per_walker), s);
      samples += per_walker;
    }
  }
  if (samples == 0)
    throw InputError("there are no frames to estimate from; simulate longer, save more often or discard less");

  out.coarse.resize(samples, request.coarse.size());
  if (features != nullptr) out.features.resize(samples, features->size());
  for (const Bias* bias : out.biases) out.bias_coarse.emplace_back(samples, bias->coarse().size());
  for (std::size_t e = 0; e < request.data.size(); ++e) {
    const EnsembleInfo& info = request.data[e].ensemble->info();
    scan_frames(*request.data[e].ensemble, stride, [&](const FrameBatch& batch) {
      const auto file = [&](const CoarseMap& map, Matrix& into, bool checked) {
        const Matrix values = map.values(batch.positions, batch.rows(), batch.dimension);
        for (Index w = 0; w < batch.walkers; ++w) {
          const Index first = first_sample[e][static_cast<std::size_t>(w)];
          if (first < 0) continue;
          for (Index i = 0; i < batch.frames; ++i)
            into.row(first + batch.first + i) = values.row(i * batch.walkers + w);
        }
        if (checked && info.dropped.empty()) require_finite(values, info, batch);
      };
      file(request.coarse, out.coarse, true);
      if (features != nullptr) file(*features, out.features, true);
      for (std::size_t b = 0; b < out.biases.size(); ++b) file(out.biases[b]->coarse(), out.bias_coarse[b], false);
    });
  }
  if (!out.coarse.allFinite()) throw RunError("a simulated frame has a coarse value that is not a number");
  for (Index k = 0; k < request.coarse.size(); ++k)
    for (Index n = 0; n < samples; ++n)
      out.coarse(n, k) = folded(out.coarse(n, k), request.grid.low[k], request.coarse.period(k));

  if (stride > 1)
    out.notes.push_back(fmt::format("one in {} saved frames was used: {} in all (max_frames)", stride, samples));
  assign_blocks(out);
  measure_independence(out, request.executor);
  return out;
}

}  // namespace liftwell
