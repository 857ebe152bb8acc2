// SPDX-License-Identifier: MIT
// Multistate Bennett acceptance ratio: free energy from biased and unbiased windows together.
#include <cmath>

#include "groups.hpp"
#include "liftwell/registry/registry.hpp"
#include "mbar_bootstrap.hpp"
#include "mbar_solution.hpp"

namespace liftwell {
namespace {

struct Options : FrameWeightOptions {
  std::int64_t replicates = 100;
  std::int64_t max_frames = 200'000;
};

/// The biases may depend on coarse variables only; the unbiased state may, but need not, be among
/// the states sampled. Windows that have not mixed in other directions pass their starts on to the
/// result unseen: look at the `mixing` diagnostic.
class Mbar final : public Estimator {
 public:
  explicit Mbar(const Options& options) : options_(options) {}

  FreeEnergy estimate(const EstimationRequest& request) const override {
    SampledFrames frames = read_frames(request, options_.max_frames);
    if (options_.statistical_inefficiency) weigh_by_inefficiency(frames);
    return solve_by_groups(std::move(frames), [&](SampledFrames& own) { return solve(own, request); });
  }

 private:
  Solved solve(SampledFrames& frames, const EstimationRequest& request) const {
    auto solved = solve_mbar(frames, request.thermal_energy, request.executor);
    if (auto* groups = std::get_if<std::vector<Index>>(&solved)) return std::move(*groups);
    const MbarSolution& solution = std::get<MbarSolution>(solved);
    const ProfileSums layout(frames, request);
    const FloatMatrix weights = bootstrap_weights(frames, options_.replicates, request.stream);
    const MbarReplicates replicates =
        mbar_replicates(frames, layout, solution.p, solution.overlap, solution.log_weight, weights, request.executor);
    note_failures(frames, replicates.failed, options_.replicates);
    Vector sample_weights = (solution.log_weight.array() - solution.log_weight.maxCoeff()).exp();
    for (Index n = 0; n < frames.size(); ++n) sample_weights[n] *= frames.weight_of_sample(n);
    return make_profile(request, "mbar", layout, layout.weighed(sample_weights), replicates.sums, frames,
                        independent_counts(layout, frames, sample_weights));
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(mbar) {
  return with_frame_weights(
             Declaration<Estimator, Options>("mbar", "Free energy from biased and unbiased windows together."))
      .reference(
          "Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008), eq. 11; errors by block bootstrap; frames weighed by "
          "statistical inefficiency as in Kumar et al., J. Comput. Chem. 13, 1011 (1992).")
      .parameter("replicates", &Options::replicates, unit::none, "Bootstrap replicates for the error bars.",
                 at_least(2))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to use; more are thinned evenly.",
                 at_least(1))
      .example("{type: mbar, replicates: 200}")
      .creates<Mbar>();
}

}  // namespace liftwell
