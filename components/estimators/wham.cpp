// SPDX-License-Identifier: MIT
// Weighted histogram analysis: the windows' histograms pooled into one, on a grid.
#include <map>

#include "bias_energies.hpp"
#include "groups.hpp"
#include "inefficiency.hpp"
#include "liftwell/registry/registry.hpp"
#include "mbar_equations.hpp"
#include "overlap.hpp"
#include "profile.hpp"

namespace liftwell {
namespace {

struct Options : FrameWeightOptions {
  double bin_width = 0.25;
  std::int64_t replicates = 100;
  std::int64_t max_frames = 1'000'000;
};

/// The occupied bins of the coarse variables that biases act on.
struct BiasBins {
  std::vector<Index> bin;       ///< per sample
  std::vector<Matrix> centres;  ///< per bias: bins x coarse variables of that bias
};

/// Bins are `width` standard deviations of the narrowest bias wide; on a circle as many as fit.
BiasBins bin_frames(const SampledFrames& frames, double thermal_energy, double width) {
  struct Column {
    const Matrix& values;
    Index column;
    double width;
    Index around;  ///< bins on the circle; 0 on the line
  };
  std::vector<Column> columns;
  for (std::size_t b = 0; b < frames.biases.size(); ++b) {
    const Vector sigma = frames.biases[b]->sigma(thermal_energy);
    if (!sigma.allFinite())
      throw InputError(
          "wham bins frames by the widths of the windows, and a bias that holds nothing has none; use mbar");
    for (Index c = 0; c < sigma.size(); ++c) {
      const double period = frames.biases[b]->coarse().period(c);
      const auto around = static_cast<Index>(std::ceil(period / (width * sigma[c])));
      columns.push_back(
          {frames.bias_coarse[b], c, around > 0 ? period / static_cast<double>(around) : width * sigma[c], around});
    }
  }
  std::map<std::vector<Index>, Index> number;
  std::vector<const std::vector<Index>*> places;
  BiasBins out;
  std::vector<Index> place(columns.size());
  for (Index n = 0; n < frames.size(); ++n) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const Column& column = columns[c];
      place[c] = static_cast<Index>(std::floor(column.values(n, column.column) / column.width));
      if (column.around > 0) place[c] = (place[c] % column.around + column.around) % column.around;
    }
    const auto [found, added] = number.try_emplace(place, static_cast<Index>(number.size()));
    if (added) places.push_back(&found->first);
    out.bin.push_back(found->second);
  }
  std::size_t c = 0;
  for (const Matrix& values : frames.bias_coarse) {
    Matrix& centres = out.centres.emplace_back(static_cast<Index>(places.size()), values.cols());
    for (Index column = 0; column < values.cols(); ++column, ++c)
      for (Index i = 0; i < centres.rows(); ++i)
        centres(i, column) = (static_cast<double>((*places[static_cast<std::size_t>(i)])[c]) + 0.5) * columns[c].width;
  }
  return out;
}

/// With n_i the frames of all windows in bin i and u_ki the reduced bias energy at its centre,
///   p_i = n_i / Σ_k N_k exp(f_k − u_ki),   exp(−f_k) = Σ_i p_i exp(−u_ki):
/// the MBAR equations of frames moved to the centres of their bins, so they are solved by the same
/// Newton steps, for the bootstrap replicates too. Costs little where frames are many; binning
/// raises the apparent variance of a window by bin_width²/12 of its own. A window that has not mixed
/// in other directions passes its starts on to the result unseen.
class Wham final : public Estimator {
 public:
  explicit Wham(const Options& options) : options_(options) {}

  FreeEnergy estimate(const EstimationRequest& request) const override {
    SampledFrames frames = read_frames(request, options_.max_frames);
    if (options_.statistical_inefficiency) weigh_by_inefficiency(frames, request.executor);
    return solve_by_groups(std::move(frames), [&](SampledFrames& own) { return solve(own, request); });
  }

 private:
  struct Binned {
    BiasBins bins;
    Matrix u;           ///< bins x states
    Vector f;           ///< per state
    Vector log_weight;  ///< per bin, of one frame in it: −ln Σ_k N_k exp(f_k − u_ki)
    Matrix overlap;
  };

  /// log_weight at the solution for frames weighed by their blocks; nothing without one. `f` is the
  /// start and becomes the solution.
  template <class WeightOfBlock>
  static std::optional<Vector> log_weights(const SampledFrames& frames, const Binned& binned,
                                           const WeightOfBlock& weight_of_block, double tolerance, Vector& f,
                                           const Executor& executor, Matrix* overlap = nullptr) {
    std::vector<double> frames_in(static_cast<std::size_t>(binned.u.rows()), 0);
    Vector populations = Vector::Zero(f.size());
    for (Index n = 0; n < frames.size(); ++n) {
      const auto at = static_cast<std::size_t>(n);
      const double weight = weight_of_block(frames.block[at]);
      populations[frames.state[at]] += weight;
      frames_in[static_cast<std::size_t>(binned.bins.bin[at])] += weight;
    }
    FloatMatrix boltzmann(binned.u.rows(), f.size());
    Vector scale(binned.u.rows()), change;
    MbarPoint point;
    bool solved = false;
    for (int round = 0; round < 4; ++round) {  // each round scales anew about what the last one found
      scaled_boltzmann(binned.u, f, 0, boltzmann, scale);
      change = Vector::Zero(f.size());
      solved = MbarEquations(boltzmann, populations, frames_in).solve(change, tolerance, 10, 100, executor, point);
      if (round == 3 || (solved && change.cwiseAbs().maxCoeff() < 20)) break;
      f += change;
    }
    if (overlap != nullptr) *overlap = point.overlap;
    if (!solved) return std::nullopt;
    const Vector factors = populations.array() * change.array().exp();
    f += change;
    return -(scale.array() + (boltzmann.cast<double>() * factors).array().log());
  }

  Solved solve(SampledFrames& frames, const EstimationRequest& request) const {
    Binned binned;
    binned.bins = bin_frames(frames, request.thermal_energy, options_.bin_width);
    std::vector<Index> all(binned.bins.centres.empty() ? 1 : static_cast<std::size_t>(binned.bins.centres[0].rows()));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Index>(i);
    reduced_energies(frames, binned.bins.centres, request.thermal_energy, all, binned.u);
    binned.f = Vector::Zero(static_cast<Index>(frames.states.size()));
    const auto log_weight = log_weights(
        frames, binned, [&](Index block) { return frames.weight_of_block(block); }, 1e-9, binned.f, request.executor,
        &binned.overlap);
    std::vector<Index> group = connected_groups(binned.overlap);
    if (frames.tables.empty()) report_overlap(frames, binned.overlap, group);
    if (*std::max_element(group.begin(), group.end()) > 0) return group;
    if (!log_weight) throw RunError("the WHAM equations were not solved; are the windows far apart or the frames few?");
    binned.log_weight = *log_weight;
    return profile_of(binned, frames, request);
  }

  FreeEnergy profile_of(const Binned& binned, SampledFrames& frames, const EstimationRequest& request) const {
    const FloatMatrix weights = bootstrap_weights(frames, options_.replicates, request.stream);
    const ProfileSums layout(frames, request);
    const auto sums_of = [&](const Vector& log_weight, const auto& weight_of_block) {
      Vector sums = Vector::Zero(layout.size());
      const Vector weight = (log_weight.array() - log_weight.maxCoeff()).exp();
      for (Index n = 0; n < frames.size(); ++n) {
        const auto at = static_cast<std::size_t>(n);
        const double w = weight_of_block(frames.block[at]) * weight[binned.bins.bin[at]];
        if (w > 0) layout.for_each_row(n, [&](Index row) { sums[row] += w; });
      }
      return sums;
    };
    const Vector sums = sums_of(binned.log_weight, [&](Index block) { return frames.weight_of_block(block); });
    Matrix replicates = Matrix::Constant(layout.size(), options_.replicates, std::nan(""));
    std::vector<char> failed(static_cast<std::size_t>(options_.replicates), 0);
    request.executor.for_each(options_.replicates, [&](Index r) {
      const auto weight = [&](Index block) { return static_cast<double>(weights(block, r)); };
      Vector f = binned.f;
      if (const auto log_weight = log_weights(frames, binned, weight, 1e-5, f, request.executor))
        replicates.col(r) = sums_of(*log_weight, weight);
      else
        failed[static_cast<std::size_t>(r)] = 1;
    });
    note_failures(frames, std::count(failed.begin(), failed.end(), 1), options_.replicates);
    return make_profile(request, "wham", layout, sums, replicates, frames);
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(wham) {
  return with_frame_weights(
             Declaration<Estimator, Options>("wham", "Free energy from the histograms of biased and unbiased windows."))
      .reference(
          "Kumar, Bouzida, Swendsen, Kollman, Rosenberg, J. Comput. Chem. 13, 1011 (1992), eq. 19; errors by block "
          "bootstrap.")
      .parameter("bin_width", &Options::bin_width, unit::window_sigma,
                 "Width of the bins in which a bias counts as constant.", above(0))
      .parameter("replicates", &Options::replicates, unit::none, "Bootstrap replicates for the error bars.",
                 at_least(2))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to use; more are thinned evenly.",
                 at_least(1))
      .example("{type: wham, bin_width: 0.25 sigma}")
      .creates<Wham>();
}

}  // namespace liftwell
