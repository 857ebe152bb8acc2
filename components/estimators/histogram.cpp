// SPDX-License-Identifier: MIT
// Free energy from visits: F(z) = −kT ln(frames in the bin of z). Unbiased equilibrium data only.
#include "liftwell/registry/registry.hpp"
#include "profile.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t replicates = 100;
  std::int64_t max_frames = 10'000'000;
};

/// Every frame weighs the same. Walkers must have forgotten their starts: nothing here corrects for
/// walkers that never crossed.
class Histogram final : public Estimator {
 public:
  explicit Histogram(const Options& options) : options_(options) {}

  std::string misfit(const PlannedData& data) const override {
    for (const PlannedEnsemble& ensemble : data.ensembles)
      if (ensemble.biased) return "holds biased frames, but the histogram takes unbiased data only; use mbar";
    return "";
  }

  FreeEnergy estimate(const EstimationRequest& request) const override {
    for (const BiasedEnsemble& item : request.data)
      if (item.bias != nullptr)
        throw InputError("the histogram takes unbiased data only, but stage " + item.ensemble->info().stage +
                         " was biased; use mbar");
    const SampledFrames frames = read_frames(request, options_.max_frames);
    const ProfileSums layout(frames, request);

    // Sums per block, so that a replicate is one matrix product and never looks at frames again.
    const auto blocks = static_cast<Index>(frames.block_state.size());
    Matrix per_block = Matrix::Zero(layout.size(), blocks);
    for (Index n = 0; n < frames.size(); ++n) {
      const Index block = frames.block[static_cast<std::size_t>(n)];
      layout.for_each_row(n, [&](Index row) { per_block(row, block) += 1; });
    }
    const FloatMatrix weights = bootstrap_weights(frames, options_.replicates, request.stream);
    Matrix replicates(layout.size(), options_.replicates);
    request.executor.for_each(options_.replicates, [&](Index r) {
      replicates.col(r).setZero();
      for (Index b = 0; b < blocks; ++b)
        if (weights(b, r) > 0) replicates.col(r) += static_cast<double>(weights(b, r)) * per_block.col(b);
    });
    return make_profile(request, "histogram", layout, per_block.rowwise().sum(), replicates, frames,
                        independent_counts(layout, frames, Vector::Ones(frames.size())));
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(histogram) {
  return Declaration<Estimator, Options>("histogram", "Free energy from the visits of unbiased simulations.")
      .reference("Textbook: F(z) = -kT ln p(z); errors by block bootstrap (Rao and Wu, JASA 83, 231 (1988)).")
      .parameter("replicates", &Options::replicates, unit::none, "Bootstrap replicates for the error bars.",
                 at_least(2))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to use; more are thinned evenly.",
                 at_least(1))
      .example("{type: histogram, replicates: 200}")
      .creates<Histogram>();
}

}  // namespace liftwell
