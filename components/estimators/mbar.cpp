// SPDX-License-Identifier: MIT
// Multistate Bennett acceptance ratio: free energy from biased and unbiased windows together.
#include "liftwell/registry/registry.hpp"
#include "mbar_bootstrap.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t replicates = 100;
  std::int64_t max_frames = 200'000;
};

/// Fills u(n, k) − the reduced bias energy bias_k(ξ(x_n); centre_k)/kT − for chosen samples, one per
/// sample rather than per bin, so no binning error enters.
void reduced_energies(const SampledFrames& frames, double thermal_energy, const std::vector<Index>& samples,
                      Matrix& u) {
  const auto count = static_cast<Index>(samples.size());
  u.setZero(count, static_cast<Index>(frames.states.size()));
  BlockBuffer energy(1, count);
  for (std::size_t b = 0; b < frames.biases.size(); ++b) {
    const Matrix& values = frames.bias_coarse[b];
    BlockBuffer xi(values.cols(), count), centre(values.cols(), count);
    for (Index c = 0; c < values.cols(); ++c)
      for (Index n = 0; n < count; ++n) xi.block()(c, n) = values(samples[static_cast<std::size_t>(n)], c);
    for (std::size_t k = 0; k < frames.states.size(); ++k) {
      if (frames.states[k].bias != static_cast<Index>(b)) continue;
      for (Index c = 0; c < values.cols(); ++c) centre.block().row(c).setConstant(frames.states[k].centre[c]);
      frames.biases[b]->evaluate(std::as_const(xi).block(), std::as_const(centre).block(), energy.block().data(), {});
      for (Index n = 0; n < count; ++n) u(n, static_cast<Index>(k)) = energy.block()(0, n) / thermal_energy;
    }
  }
}

/// Σ_k over states is dominated by states near the sample when f is near its solution, so with
/// exp(f_k − u_k(n)) scaled to a largest entry of 1 per sample single precision loses nothing.
/// `scale` receives the logarithm of that largest entry.
void scaled_boltzmann(const Matrix& u, const Vector& f, Index first, FloatMatrix& boltzmann, Vector& scale) {
  for (Index n = 0; n < u.rows(); ++n) {
    const auto exponent = (f.transpose() - u.row(n)).array();
    const double largest = exponent.maxCoeff();
    scale[first + n] = largest;
    boltzmann.row(first + n) = (exponent - largest).exp().cast<float>().matrix();
  }
}

/// A first f from a few samples of each state: robust where the full problem would start far away.
Vector first_guess(const SampledFrames& frames, double thermal_energy, const Executor& executor) {
  constexpr Index most_per_state = 128;
  const auto states = static_cast<Index>(frames.states.size());
  std::vector<std::vector<Index>> own(frames.states.size());
  for (Index n = 0; n < frames.size(); ++n)
    own[static_cast<std::size_t>(frames.state[static_cast<std::size_t>(n)])].push_back(n);
  std::vector<Index> samples;
  Vector populations(states);
  for (std::size_t k = 0; k < own.size(); ++k) {
    const auto count = static_cast<Index>(own[k].size()), taken = std::min(count, most_per_state);
    for (Index i = 0; i < taken; ++i) samples.push_back(own[k][static_cast<std::size_t>(i * count / taken)]);
    populations[static_cast<Index>(k)] = static_cast<double>(taken);
  }
  Matrix u;
  reduced_energies(frames, thermal_energy, samples, u);
  Vector f = Vector::Zero(states), scale(u.rows());
  FloatMatrix boltzmann(u.rows(), states);
  for (int round = 0; round < 3; ++round) {  // each round scales anew about what the last one found
    scaled_boltzmann(u, f, 0, boltzmann, scale);
    Vector change = Vector::Zero(states);
    MbarPoint point;
    (void)MbarEquations(boltzmann, populations).solve(change, 1e-6, 30, 60, executor, point);
    f += change;
  }
  return f;
}

std::string group_text(const SampledFrames& frames, const std::vector<Index>& group, Index wanted) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < group.size(); ++k)
    if (group[k] == wanted) names.push_back(detail::describe(frames.states[k]));
  if (names.size() > 3) names = {names.front(), fmt::format("… {} more …", names.size() - 2), names.back()};
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The biases may depend on coarse variables only; the unbiased state may, but need not, be among
/// the states sampled. Windows that have not mixed in other directions pass their starts on to the
/// result unseen: look at the `mixing` diagnostic.
class Mbar final : public Estimator {
 public:
  explicit Mbar(const Options& options) : options_(options) {}

  FreeEnergy estimate(const EstimationRequest& request) const override {
    SampledFrames frames = read_frames(request, options_.max_frames);
    const auto states = static_cast<Index>(frames.states.size());
    Vector populations(states);
    for (Index k = 0; k < states; ++k)
      populations[k] = static_cast<double>(frames.states[static_cast<std::size_t>(k)].frames);

    const Vector start = first_guess(frames, request.thermal_energy, request.executor);
    FloatMatrix boltzmann(frames.size(), states);
    Vector scale(frames.size());
    for_each_tile(request.executor, frames.size(), mbar_slabs, [&](Index, Index first, Index count) {
      std::vector<Index> samples(static_cast<std::size_t>(count));
      for (Index n = 0; n < count; ++n) samples[static_cast<std::size_t>(n)] = first + n;
      Matrix u;
      reduced_energies(frames, request.thermal_energy, samples, u);
      scaled_boltzmann(u, start, first, boltzmann, scale);
    });

    Vector f = Vector::Zero(states);  // relative to `start`
    MbarPoint point;
    const bool solved = MbarEquations(boltzmann, populations).solve(f, 1e-10, 0, 200, request.executor, point);
    require_connection(frames, point);
    if (!solved)
      throw RunError(
          fmt::format("the MBAR equations were not solved to 1e-10 (reached {:.1e}); are the windows far "
                      "apart or the samples few?",
                      MbarEquations(boltzmann, populations).residual(point)));

    // boltzmann becomes P, scale becomes the log-weight of each sample in the unbiased state.
    const Vector factors = populations.array() * f.array().exp();
    for_each_tile(request.executor, frames.size(), mbar_slabs, [&](Index, Index first, Index count) {
      for (Index n = first; n < first + count; ++n) {
        const auto terms = boltzmann.row(n).cast<double>().array() * factors.transpose().array();
        const double sum = terms.sum();
        boltzmann.row(n) = (terms / sum).cast<float>().matrix();
        scale[n] = -(scale[n] + std::log(sum));
      }
    });

    const ProfileSums layout(frames, request);
    Vector sums = Vector::Zero(layout.size());
    const double largest = scale.maxCoeff();
    for (Index n = 0; n < frames.size(); ++n)
      layout.for_each_row(n, [&](Index row) { sums[row] += std::exp(scale[n] - largest); });

    const FloatMatrix weights = bootstrap_weights(frames, options_.replicates, request.stream);
    const MbarReplicates replicates =
        mbar_replicates(frames, layout, boltzmann, point.overlap, scale, weights, request.executor);
    if (replicates.failed > 0)
      frames.notes.push_back(fmt::format("{} of {} bootstrap replicates had no solution and were left out",
                                         replicates.failed, options_.replicates));
    return make_profile(request, "mbar", layout, sums, replicates.sums, frames.notes);
  }

 private:
  static void require_connection(const SampledFrames& frames, const MbarPoint& point) {
    const auto group = connected_groups(point.overlap);
    if (*std::max_element(group.begin(), group.end()) == 0) return;
    throw RunError(
        fmt::format("the windows do not connect: {} share no frames with {}; add windows between them or use a "
                    "softer bias",
                    group_text(frames, group, 0), group_text(frames, group, 1)));
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(mbar) {
  return Declaration<Estimator, Options>("mbar", "Free energy from biased and unbiased windows together.")
      .reference("Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008), eq. 11; errors by block bootstrap.")
      .parameter("replicates", &Options::replicates, unit::none, "Bootstrap replicates for the error bars.",
                 at_least(2))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to use; more are thinned evenly.",
                 at_least(1))
      .example("{type: mbar, replicates: 200}")
      .creates<Mbar>();
}

}  // namespace liftwell
