// SPDX-License-Identifier: MIT
// Weighted histogram analysis: the windows' histograms pooled into one, on a grid.
#include <cmath>
#include <limits>
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

/// The frames of every occupied bin of the coarse variables that biases act on.
using BiasBins = std::vector<std::vector<Index>>;

constexpr const char* no_width =
    "holds frames under a bias that holds walkers about no centre, but wham bins frames by the widths of windows; use "
    "mbar";

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
    if (!sigma.allFinite()) throw InputError(std::string("the data ") + no_width);
    for (Index c = 0; c < sigma.size(); ++c) {
      const double period = frames.biases[b]->coarse().period(c);
      const auto around = static_cast<Index>(std::ceil(period / (width * sigma[c])));
      columns.push_back(
          {frames.bias_coarse[b], c, around > 0 ? period / static_cast<double>(around) : width * sigma[c], around});
    }
  }
  std::map<std::vector<Index>, std::size_t> number;
  BiasBins out;
  std::vector<Index> place(columns.size());
  for (Index n = 0; n < frames.size(); ++n) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const Column& column = columns[c];
      place[c] = static_cast<Index>(std::floor(column.values(n, column.column) / column.width));
      if (column.around > 0) place[c] = (place[c] % column.around + column.around) % column.around;
    }
    const auto [found, added] = number.try_emplace(place, out.size());
    if (added) out.emplace_back();
    out[found->second].push_back(n);
  }
  return out;
}

/// Σ exp of numbers that come in pieces, as a logarithm.
struct LogSum {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  template <class Numbers>
  void add(const Numbers& numbers) {
    const double top = std::max(largest, numbers.maxCoeff());
    sum = sum * std::exp(largest - top) + (numbers - top).exp().sum();
    largest = top;
  }
  [[nodiscard]] double value() const { return largest + std::log(sum); }
};

/// With n_i the frames of all windows in bin i and u_ki the reduced energy of bias k there,
///   p_i = n_i / Σ_k N_k exp(f_k − u_ki),   exp(−f_k) = Σ_i p_i exp(−u_ki):
/// the MBAR equations of frames that share the bias of their bin, so they are solved by the same Newton steps, for the
/// bootstrap replicates too. A bias varies within a bin, so it is averaged there as the unbiased law does it,
///   exp(−u_ki) = Σ_n w_n exp(−u_k(n)) / Σ_n w_n,   w_n = 1 / Σ_k N_k exp(f_k − u_k(n)),
/// over the frames n of the bin, in turns with f. With this average p_i = Σ_n w_n and exp(−f_k) = Σ_n w_n exp(−u_k(n)):
/// where the turns end is the solution of MBAR, whatever the width. Replicates keep the averages, which costs
/// nothing up to bins of 1 sigma; at 3 sigma errors would be a quarter too small. A window that has not mixed in other
/// directions passes its starts on to the result unseen.
class Wham final : public Estimator {
 public:
  explicit Wham(const Options& options) : options_(options) {}

  std::string misfit(const PlannedData& data) const override {
    for (const PlannedEnsemble& ensemble : data.ensembles)
      if (ensemble.biased && !ensemble.held()) return no_width;
    return "";
  }

  FreeEnergy estimate(const EstimationRequest& request) const override {
    SampledFrames frames = read_frames(request, options_.max_frames);
    if (options_.statistical_inefficiency) weigh_by_inefficiency(frames);
    return solve_by_groups(std::move(frames), [&](SampledFrames& own) { return solve(own, request); });
  }

 private:
  struct Binned {
    BiasBins bins;
    std::vector<Index> bin;    ///< per frame
    Matrix u;                  ///< bins x states
    Vector f;                  ///< per state
    Vector log_weight;         ///< per bin, of one frame in it: −ln Σ_k N_k exp(f_k − u_ki)
    Vector log_frame_weights;  ///< per frame: −ln Σ_k N_k exp(f_k − u_k(n))
    Matrix overlap;
  };

  /// log_weight at the solution for frames weighed by their blocks; nothing without one. `f` is the
  /// start and becomes the solution.
  template <class WeightOfBlock>
  static std::optional<Vector> log_weights(const SampledFrames& frames, const Binned& binned,
                                           const WeightOfBlock& weight_of_block, double tolerance, Vector& f,
                                           const Executor& executor) {
    std::vector<double> frames_in(static_cast<std::size_t>(binned.u.rows()), 0);
    Vector populations = Vector::Zero(f.size());
    for (Index n = 0; n < frames.size(); ++n) {
      const auto at = static_cast<std::size_t>(n);
      const double weight = weight_of_block(frames.block[at]);
      populations[frames.state[at]] += weight;
      frames_in[static_cast<std::size_t>(binned.bin[at])] += weight;
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
    if (!solved) return std::nullopt;
    const Vector factors = populations.array() * change.array().exp();
    f += change;
    return -(scale.array() + (boltzmann.cast<double>() * factors).array().log());
  }

  /// Fills the averages u of the biases over bins; frames count alike while `f` is empty, else as at these f, which
  /// fills their weights and the overlap of the states too.
  static void average(const SampledFrames& frames, const EstimationRequest& request, Binned& binned, const Vector& f) {
    constexpr Index piece = 1024;  // frames at a time, however many a bin holds
    const auto states = static_cast<Index>(frames.states.size()), count = std::ssize(binned.bins);
    const Vector log_populations = state_populations(frames).array().log();
    binned.u.resize(count, states);
    binned.log_frame_weights = Vector::Zero(frames.size());
    std::vector<Matrix> overlaps(mbar_slabs, Matrix::Zero(states, states));
    const auto average_bin = [&](Index i, Matrix& overlap) {
      LogSum whole;
      std::vector<LogSum> under(static_cast<std::size_t>(states));
      const std::vector<Index>& own = binned.bins[static_cast<std::size_t>(i)];
      for (auto first = own.begin(); first != own.end();) {
        const auto next = first + std::min<Index>(piece, own.end() - first);
        const std::vector<Index> rows(first, next);
        first = next;
        Matrix u;
        reduced_energies(frames, frames.bias_coarse, request.thermal_energy, rows, u);
        Vector weights(u.rows());  // frames of windows that move slowly count for less, here as in the equations
        for (Index n = 0; n < u.rows(); ++n) weights[n] = frames.weight_of_sample(rows[static_cast<std::size_t>(n)]);
        Vector log_weights = weights.array().log();
        if (f.size() > 0) {
          Matrix p = (-u).rowwise() + (log_populations + f).transpose();
          for (Index n = 0; n < u.rows(); ++n) {
            LogSum sum;
            sum.add(p.row(n).array());
            p.row(n) = (p.row(n).array() - sum.value()).exp() * std::sqrt(weights[n]);
            binned.log_frame_weights[rows[static_cast<std::size_t>(n)]] = -sum.value();
            log_weights[n] -= sum.value();
          }
          overlap.noalias() += p.transpose() * p;
        }
        whole.add(log_weights.array());
        for (Index k = 0; k < states; ++k) under[static_cast<std::size_t>(k)].add((log_weights - u.col(k)).array());
      }
      for (Index k = 0; k < states; ++k) binned.u(i, k) = whole.value() - under[static_cast<std::size_t>(k)].value();
    };
    request.executor.for_each(mbar_slabs, [&](Index slab) {
      for (Index i = slab * count / mbar_slabs; i < (slab + 1) * count / mbar_slabs; ++i)
        average_bin(i, overlaps[static_cast<std::size_t>(slab)]);
    });
    binned.overlap = Matrix::Zero(states, states);
    for (const Matrix& part : overlaps) binned.overlap += part;
  }

  Solved solve(SampledFrames& frames, const EstimationRequest& request) const {
    constexpr double settled = 1e-3;  // kT, far below any error
    constexpr int most_turns = 50;
    Binned binned;
    binned.bins = bin_frames(frames, request.thermal_energy, options_.bin_width);
    binned.bin.resize(frames.state.size());
    for (std::size_t i = 0; i < binned.bins.size(); ++i)
      for (const Index n : binned.bins[i]) binned.bin[static_cast<std::size_t>(n)] = static_cast<Index>(i);
    binned.f = Vector::Zero(static_cast<Index>(frames.states.size()));
    average(frames, request, binned, {});
    double change = 0;
    for (int turn = 1; turn <= most_turns; ++turn) {
      const Vector before = binned.f;
      const auto log_weight = log_weights(
          frames, binned, [&](Index block) { return frames.weight_of_block(block); }, 1e-9, binned.f, request.executor);
      binned.log_weight = log_weight.value_or(Vector());
      average(frames, request, binned, binned.f);
      if (!log_weight) break;
      change = (binned.f - before).cwiseAbs().maxCoeff();
      if (turn > 1 && change < settled) break;
    }
    std::vector<Index> group = connected_groups(binned.overlap);
    if (frames.tables.empty()) report_overlap(frames, binned.overlap, group);
    if (*std::max_element(group.begin(), group.end()) > 0) return group;
    if (binned.log_weight.size() == 0)
      throw RunError("the WHAM equations were not solved; are the windows far apart or the frames few?");
    if (change >= settled)
      frames.notes.push_back(
          fmt::format("bins of {:.3g} sigma are too wide for wham: after {} turns the free energy of a window still "
                      "changed by {:.2g} kT, on which errors do not tell; use narrower bins, or mbar",
                      options_.bin_width, most_turns, change));
    return profile_of(binned, frames, request);
  }

  FreeEnergy profile_of(const Binned& binned, SampledFrames& frames, const EstimationRequest& request) const {
    const FloatMatrix weights = bootstrap_weights(frames, options_.replicates, request.stream);
    const ProfileSums layout(frames, request);
    const Vector within = (binned.log_frame_weights.array() - binned.log_frame_weights.maxCoeff()).exp();
    const auto sums_of = [&](const Vector& log_weight, const auto& weight_of_block) {
      Vector sums = Vector::Zero(layout.size());
      const Vector change = (log_weight - binned.log_weight).array().exp();
      for (Index n = 0; n < frames.size(); ++n) {
        const auto at = static_cast<std::size_t>(n);
        const double w = weight_of_block(frames.block[at]) * within[n] * change[binned.bin[at]];
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
    Vector frame_weights = within;
    for (Index n = 0; n < frames.size(); ++n) frame_weights[n] *= frames.weight_of_sample(n);
    return make_profile(request, "wham", layout, sums, replicates, frames,
                        independent_counts(layout, frames, frame_weights));
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
                 "Width of the bins over which biases are averaged; wider ones would hide noise from the errors.",
                 between(0.01, 1))
      .parameter("replicates", &Options::replicates, unit::none, "Bootstrap replicates for the error bars.",
                 at_least(2))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to use; more are thinned evenly.",
                 at_least(1))
      .example("{type: wham, bin_width: 0.25 sigma}")
      .creates<Wham>();
}

}  // namespace liftwell
