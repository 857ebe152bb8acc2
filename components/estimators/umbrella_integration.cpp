// SPDX-License-Identifier: MIT
// Umbrella integration: the mean force from the mean and covariance of each window, integrated.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bias_columns.hpp"
#include "groups.hpp"
#include "inefficiency.hpp"
#include "liftwell/registry/registry.hpp"
#include "mean_force_lattice.hpp"
#include "profile.hpp"

namespace liftwell {
namespace {

struct Options : FrameWeightOptions {
  std::int64_t replicates = 100;
  std::int64_t max_frames = 10'000'000;
  double skewness = 0.5, excess_kurtosis = 0.5;
};

/// Sums over the frames of each block, measured from where its state is: the bootstrap adds blocks.
class BlockSums {
 public:
  BlockSums(const SampledFrames& frames, const EstimationRequest& request,
            const std::vector<std::vector<Index>>& columns)
      : origins_(origins(frames, request, columns)),
        blocks_(frames.block_state.size(), PowerSums(request.coarse.size())) {
    Place value(request.coarse.size());
    for (Index n = 0; n < frames.size(); ++n) {
      const auto at = static_cast<std::size_t>(n);
      const Place& origin = origins_[static_cast<std::size_t>(frames.state[at])];
      for (Index k = 0; k < value.size(); ++k) value[k] = request.coarse.difference(k, frames.coarse(n, k), origin[k]);
      blocks_[static_cast<std::size_t>(frames.block[at])].add(value);
    }
  }

  /// Throws RunError where a window's frames do not spread.
  [[nodiscard]] std::vector<NormalWindow> windows(const SampledFrames& frames) const {
    Vector weights(std::ssize(blocks_));
    for (Index b = 0; b < weights.size(); ++b) weights[b] = frames.weight_of_block(b);
    std::vector<NormalWindow> out;
    const auto found = sums(frames, weights);
    for (std::size_t k = 0; k < found.size(); ++k) {
      const auto window = found[k].window(origins_[k]);
      if (!window)
        throw RunError(detail::describe(frames.states[k]) + " holds no two different values of a coarse variable");
      out.push_back(*window);
    }
    return out;
  }

  /// For blocks weighed by a bootstrap replicate; nothing where a window is left with too little.
  template <class Weights>
  [[nodiscard]] std::optional<std::vector<NormalWindow>> windows(const SampledFrames& frames,
                                                                 const Weights& block_weights) const {
    std::vector<NormalWindow> out;
    const auto found = sums(frames, block_weights);
    for (std::size_t k = 0; k < found.size(); ++k) {
      const auto window = found[k].window(origins_[k]);
      if (!window) return std::nullopt;
      out.push_back(*window);
    }
    return out;
  }

 private:
  template <class Weights>
  [[nodiscard]] std::vector<PowerSums> sums(const SampledFrames& frames, const Weights& block_weights) const {
    std::vector<PowerSums> out(frames.states.size(), PowerSums(origins_.front().size()));
    for (std::size_t b = 0; b < blocks_.size(); ++b)
      out[static_cast<std::size_t>(frames.block_state[b])].add(
          blocks_[b], static_cast<double>(block_weights[static_cast<Index>(b)]));
    return out;
  }

  /// The centre of the state's bias; the first frame in directions without one.
  static std::vector<Place> origins(const SampledFrames& frames, const EstimationRequest& request,
                                    const std::vector<std::vector<Index>>& columns) {
    std::vector<Place> out(frames.states.size());
    for (const SampledWalker& walker : frames.walkers) {
      const auto k = static_cast<std::size_t>(frames.state[static_cast<std::size_t>(walker.first)]);
      if (out[k].size() > 0) continue;
      const SampledState& state = frames.states[k];
      out[k] = frames.coarse.row(walker.first).transpose();
      if (state.bias >= 0)
        for (Index c = 0; c < state.centre.size(); ++c)
          out[k][columns[static_cast<std::size_t>(state.bias)][static_cast<std::size_t>(c)]] = state.centre[c];
      for (Index v = 0; v < out[k].size(); ++v)
        out[k][v] = folded(out[k][v], request.grid.low[v], request.coarse.period(v));
    }
    return out;
  }

  std::vector<Place> origins_;  ///< per state
  std::vector<PowerSums> blocks_;
};

/// Windows that overlap as two equal ones do whose means are 6 standard deviations apart, by way of others, have one
/// number: between such windows a thousand frames leave no gap.
std::vector<Index> touching_windows(const std::vector<NormalWindow>& windows, const CoarseMap& coarse) {
  const double touching = std::exp(-36.0 / 8);
  const auto states = std::ssize(windows);
  Matrix touch = Matrix::Identity(states, states);
  Place apart(coarse.size());
  for (Index i = 0; i < states; ++i)
    for (Index j = 0; j < i; ++j) {
      const NormalWindow &one = windows[static_cast<std::size_t>(i)], &other = windows[static_cast<std::size_t>(j)];
      for (Index k = 0; k < apart.size(); ++k) apart[k] = coarse.difference(k, one.mean[k], other.mean[k]);
      if (bhattacharyya(one, other, apart) >= touching) touch(i, j) = touch(j, i) = 1;
    }
  return connected_groups(touch);
}

/// Mean forces of windows on a lattice, and what their integral says of bins and regions.
class MeanForces {
 public:
  MeanForces(const SampledFrames& frames, const EstimationRequest& request, const std::vector<NormalWindow>& windows,
             const std::vector<std::vector<Index>>& columns)
      : request_(request), lattice_(frames, request, windows) {
    find_rows();
    find_terms(windows);
    find_bias_forces(frames, columns);
  }

  /// F at the points of the lattice, for windows moved a little by the bootstrap; `guess` as in MeanForceLattice. With
  /// the shape of the windows beyond the outermost of them, see shape_force().
  [[nodiscard]] Vector integrate(const std::vector<NormalWindow>& windows, const Vector& guess, bool shaped) const {
    Matrix forces(lattice_.points().rows(), lattice_.size());
    for (Index i = 0; i < lattice_.size(); ++i) {
      const Averages of = averages(i, windows, nullptr);
      forces.col(i) = shaped ? of.mean_force + shape_force(of, Place::Zero(forces.rows())) : of.mean_force;
    }
    return lattice_.integrate(forces, guess);
  }

  /// What F changes by where windows have the skewness and excess kurtosis they are given, to first order; between
  /// windows that of `sure` ones.
  [[nodiscard]] Vector change_by_shape(const std::vector<NormalWindow>& windows,
                                       const std::vector<NormalWindow>& sure) const {
    Matrix forces(lattice_.points().rows(), lattice_.size());
    for (Index i = 0; i < lattice_.size(); ++i) {
      const Averages of = averages(i, windows, &sure);
      forces.col(i) = shape_force(of, of.sure_shape);
    }
    return lattice_.integrate(forces, {});
  }

  /// Probabilities, unnormalised, of the bins and regions of a profile with `size` of them.
  [[nodiscard]] Vector sums(const Vector& energy, Index size) const {
    Vector out = Vector::Zero(size);
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (!rows_[i].empty()) lowest = std::min(lowest, energy[static_cast<Index>(i)]);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto at = static_cast<Index>(i);
      const double p = lattice_.volume(at) * std::exp((lowest - energy[at]) / request_.thermal_energy);
      for (const auto& [row, share] : rows_[i]) out[row] += share * p;
    }
    return out;
  }

 private:
  /// A window that has a say at a point.
  struct Term {
    std::size_t window = 0;
    Place bias_force;
  };

  /// Which of the profile's sums every point counts for, and by what share: none where no frame fell.
  void find_rows() {
    const Index cells = request_.grid.cells();
    for (Index i = 0; i < lattice_.size(); ++i) {
      auto& rows = rows_.emplace_back();
      if (!lattice_.visited(i)) continue;
      const Place point = lattice_.points().col(i);
      if (const auto cell = request_.grid.cell(point.data())) rows.emplace_back(*cell, 1.0);
      for (std::size_t r = 0; r < request_.differences.size(); ++r) {
        const RegionPair& pair = request_.differences[r];
        const Index of = cells + 2 * static_cast<Index>(r);
        const double in_of = lattice_.share_within(i, pair.variable, pair.of_low, pair.of_high);
        const double in_against = lattice_.share_within(i, pair.variable, pair.against_low, pair.against_high);
        if (in_of > 0) rows.emplace_back(of, in_of);
        if (in_against > 0) rows.emplace_back(of + 1, in_against);
      }
    }
  }

  [[nodiscard]] Place away(Index point, const NormalWindow& window) const {
    return window.away(lattice_.points().col(point), request_.coarse);
  }
  void find_terms(const std::vector<NormalWindow>& windows) {
    constexpr double least = 16;  // e^-16 of the point's largest weight: no say, whatever the replicate
    for (Index i = 0; i < lattice_.size(); ++i) {
      auto& terms = terms_.emplace_back();
      for (std::size_t k = 0; k < windows.size(); ++k)
        if (windows[k].log_weight(away(i, windows[k])) > lattice_.log_weight(i) - least)
          terms.push_back({k, Place::Zero(lattice_.points().rows())});
    }
  }

  /// ∇U_k at every point where window k has a say.
  void find_bias_forces(const SampledFrames& frames, const std::vector<std::vector<Index>>& columns) {
    std::vector<std::vector<std::pair<Index, Term*>>> places(frames.states.size());
    for (std::size_t i = 0; i < terms_.size(); ++i)
      for (Term& term : terms_[i]) places[term.window].emplace_back(static_cast<Index>(i), &term);
    for (std::size_t k = 0; k < places.size(); ++k) {
      const SampledState& state = frames.states[k];
      if (state.bias < 0 || places[k].empty()) continue;
      const auto bias = static_cast<std::size_t>(state.bias);
      const auto variables = std::ssize(columns[bias]), count = std::ssize(places[k]);
      BlockBuffer xi(variables, count), centre(variables, count), energy(1, count), slope(variables, count);
      for (Index c = 0; c < variables; ++c) {
        centre.block().row(c).setConstant(state.centre[c]);
        for (Index i = 0; i < count; ++i)
          xi.block()(c, i) = lattice_.points()(columns[bias][static_cast<std::size_t>(c)],
                                               places[k][static_cast<std::size_t>(i)].first);
      }
      frames.biases[bias]->evaluate(std::as_const(xi).block(), std::as_const(centre).block(), energy.block().data(),
                                    slope.block());
      for (Index i = 0; i < count; ++i)
        for (Index c = 0; c < variables; ++c)
          places[k][static_cast<std::size_t>(i)].second->bias_force[columns[bias][static_cast<std::size_t>(c)]] =
              slope.block()(c, i);
    }
  }

  /// At one point, over the windows that have a say there.
  struct Averages {
    Place mean_force, shape, sure_shape;  ///< the last two: what shape adds to the mean force
    Place deviations;                     ///< of the point from the windows' means, in standard deviations
  };
  /// Without `sure_shape` where `sure` is null.
  [[nodiscard]] Averages averages(Index point, const std::vector<NormalWindow>& windows,
                                  const std::vector<NormalWindow>* sure) const {
    const Place none = Place::Zero(lattice_.points().rows());
    Averages out{none, none, none, none};
    double weights = 0;
    for (const Term& term : terms_[static_cast<std::size_t>(point)]) {
      const NormalWindow& window = windows[term.window];
      const Place from_mean = away(point, window);
      // Against the largest weight of the full data: far from all windows every weight would underflow.
      const double weight = std::exp(window.log_weight(from_mean) - lattice_.log_weight(point));
      const double kT = request_.thermal_energy;
      out.mean_force += weight * (kT * (window.precision * from_mean) - term.bias_force);
      out.shape -= weight * kT * window.shape_slope(from_mean);
      if (sure != nullptr) out.sure_shape -= weight * kT * (*sure)[term.window].shape_slope(from_mean);
      out.deviations += weight * (from_mean.array() / window.covariance.diagonal().array().sqrt()).matrix();
      weights += weight;
    }
    for (Place* sum : {&out.mean_force, &out.shape, &out.sure_shape, &out.deviations}) *sum /= weights;
    return out;
  }

  /// Between windows, where what one of them has is made up for by its neighbour, `between`. Beyond the outermost,
  /// where the point is more than one standard deviation to one side of all that have a say, all of the shape.
  [[nodiscard]] static Place shape_force(const Averages& of, const Place& between) {
    Place out = between;
    for (Index k = 0; k < out.size(); ++k)
      if (std::abs(of.deviations[k]) > 1) out[k] = of.shape[k];
    return out;
  }

  const EstimationRequest& request_;
  MeanForceLattice lattice_;
  std::vector<std::vector<std::pair<Index, double>>> rows_;  ///< per point, with the share of its volume in it
  std::vector<std::vector<Term>> terms_;                     ///< per point
};

Vector spread_of_rows(const Matrix& replicates) {
  Vector out(replicates.rows());
  for (Index i = 0; i < out.size(); ++i) out[i] = detail::spread(replicates.row(i).transpose());
  return out;
}

/// Skewness and excess kurtosis of every window and variable: what is 0 for normal laws.
Vector shapes_of(const std::vector<NormalWindow>& windows) {
  const Index variables = windows.front().mean.size();
  Vector out(2 * variables * std::ssize(windows));
  for (std::size_t k = 0; k < windows.size(); ++k) {
    const Index first = 2 * variables * static_cast<Index>(k);
    out.segment(first, variables) = windows[k].skewness;
    out.segment(first + variables, variables) = windows[k].excess_kurtosis;
  }
  return out;
}

/// Whether there are any.
bool note_not_normal(SampledFrames& frames, const Vector& shapes, const Vector& errors, const Options& options) {
  const auto windows = static_cast<Index>(frames.states.size()), each = shapes.size() / windows;
  std::vector<char> wrong(frames.states.size(), 0);
  for (Index i = 0; i < shapes.size(); ++i) {
    const double tolerable = i % each < each / 2 ? options.skewness : options.excess_kurtosis;
    if (std::abs(shapes[i]) > tolerable + 3 * errors[i]) wrong[static_cast<std::size_t>(i / each)] = 1;
  }
  if (std::count(wrong.begin(), wrong.end(), 1) == 0) return false;
  frames.notes.push_back(
      "umbrella integration takes each window for a normal law, and the answer is wrong by an unknown amount, not "
      "covered by its error, where these are none: " +
      name_states(frames, wrong));
  return true;
}

/// The windows with the skewness and excess kurtosis that `errors` leave no doubt of, 0 elsewhere.
std::vector<NormalWindow> surely_shaped(std::vector<NormalWindow> windows, const Vector& errors) {
  constexpr double sure = 2;
  Index i = 0;
  for (NormalWindow& window : windows)
    for (Place* shape : {&window.skewness, &window.excess_kurtosis})
      for (double& value : *shape)
        if (const double error = errors[i++]; !(std::abs(value) > sure * error)) value = 0;
  return windows;
}

/// Adds to the errors of `result` what the windows' shape would change: `shaped` are the sums with it, `sums` without.
/// Between windows one side's change makes up for the other's; beyond the outermost there is no other side. Returns a
/// note where this is most of an error.
std::string widen_by_shape(FreeEnergy& result, const EstimationRequest& request, const Vector& sums,
                           const Vector& shaped) {
  const double kT = request.thermal_energy;
  const Index cells = result.values.size();
  const auto known = (sums.head(cells).array() > 0).eval();
  const Vector change = known.select(-kT * (shaped.head(cells).array() / sums.head(cells).array()).log(), 0);
  const double mean = change.dot(sums.head(cells)) / sums.head(cells).sum();
  Index worst = -1;
  double worst_change = 0;
  for (Index i = 0; i < cells; ++i) {
    if (!known[i]) continue;
    const double moved = std::abs(change[i] - mean);
    if (moved > 2 * result.standard_errors[i] && moved > worst_change) worst = i, worst_change = moved;
    result.standard_errors[i] = std::hypot(result.standard_errors[i], moved);
  }
  for (std::size_t r = 0; r < result.differences.size(); ++r) {
    const Index of = cells + 2 * static_cast<Index>(r);
    const double moved = -kT * std::log(shaped[of] / sums[of] * sums[of + 1] / shaped[of + 1]);
    result.differences[r].standard_error = std::hypot(result.differences[r].standard_error, moved);
  }
  if (worst < 0) return {};
  std::string place;
  for (Index k = 0; k < result.points.cols(); ++k)
    place += fmt::format("{}{} = {:.3g}", k > 0 ? ", " : "", result.coarse[static_cast<std::size_t>(k)],
                         result.points(worst, k));
  return fmt::format(
      "umbrella integration takes windows for normal laws; what their skewness and excess kurtosis change, {:.2g} "
      "where "
      "it is most ({}), is in the errors; mbar needs no such law",
      worst_change, place);
}

/// In window i, ξ is taken as normal with mean m_i and covariance S_i, so that the unbiased mean force is
///   ∇F = kT S_i⁻¹ (ξ − m_i) − ∇U_i,
/// averaged over windows with weights N_i p_i(ξ) and integrated in the sense of least squares. Needs no overlap of
/// windows in other directions and no self-consistency, but is only as good as that normal law. What skewness and
/// excess kurtosis of the windows would change, to first order and along each variable, is part of the errors, and
/// beyond the outermost windows so is what is not known of them; windows that have more of them than `skewness` and
/// `excess_kurtosis` allow are named in the notes. One to three coarse variables, which hold those that biases act on.
class UmbrellaIntegration final : public Estimator {
 public:
  explicit UmbrellaIntegration(const Options& options) : options_(options) {}

  std::string misfit(const PlannedData& data) const override {
    if (data.coarse.size() > most_integrated) return too_many(data.coarse);
    const auto held = [](const PlannedEnsemble& ensemble) { return ensemble.held(); };
    if (std::none_of(data.ensembles.begin(), data.ensembles.end(), held))
      return "holds no windows, and umbrella integration needs some whose bias, as a harmonic one, holds walkers "
             "about a centre; use mbar";
    for (const PlannedEnsemble& ensemble : data.ensembles)
      if (ensemble.biased && !ensemble.held())
        return "holds frames under a bias that holds walkers about no centre, and umbrella integration would "
               "take their law for a normal one; use mbar";
    if (const double bins = static_cast<double>(data.bins); bins > MeanForceLattice::most_points)
      return fmt::format(
          "makes a profile of {} bins, and umbrella integration solves for {:.0f} points at most; take "
          "fewer bins, or mbar",
          data.bins, MeanForceLattice::most_points);
    return misfit_of_columns(data);
  }

  FreeEnergy estimate(const EstimationRequest& request) const override {
    if (request.coarse.size() > most_integrated) throw InputError("the profile " + too_many(request.coarse));
    SampledFrames frames = read_frames(request, options_.max_frames);
    if (options_.statistical_inefficiency) weigh_by_inefficiency(frames);
    return solve_by_groups(std::move(frames), [&](SampledFrames& own) { return solve(own, request); });
  }

 private:
  static std::string too_many(const CoarseMap& coarse) {
    return fmt::format("is used for {} variables, but umbrella integration is for one to three; use mbar",
                       coarse.size());
  }

  Solved solve(SampledFrames& frames, const EstimationRequest& request) const {
    const std::vector<std::vector<Index>> columns = columns_of_biases(frames, request.coarse);
    const BlockSums sums(frames, request, columns);
    const std::vector<NormalWindow> windows = sums.windows(frames);
    std::vector<Index> group = touching_windows(windows, request.coarse);
    if (*std::max_element(group.begin(), group.end()) > 0) return group;

    const MeanForces forces(frames, request, windows, columns);
    const ProfileSums layout(frames, request);
    const Vector profile = forces.integrate(windows, {}, false);
    const FloatMatrix weights = bootstrap_weights(frames, options_.replicates, request.stream);
    Matrix replicates = Matrix::Constant(layout.size(), options_.replicates, std::nan(""));
    const Vector shapes = shapes_of(windows);
    Matrix resampled_shapes = Matrix::Constant(shapes.size(), options_.replicates, std::nan(""));
    request.executor.for_each(options_.replicates, [&](Index r) {
      const auto resampled = sums.windows(frames, weights.col(r));
      if (!resampled) return;
      resampled_shapes.col(r) = shapes_of(*resampled);
      replicates.col(r) = forces.sums(forces.integrate(*resampled, profile, true), layout.size());
    });
    note_failures(frames, (replicates.row(0).array() != replicates.row(0).array()).count(), options_.replicates);
    const Vector shape_errors = spread_of_rows(resampled_shapes);
    const bool named = note_not_normal(frames, shapes, shape_errors, options_);
    const Vector all = forces.sums(profile, layout.size());
    FreeEnergy out = make_profile(request, "umbrella_integration", layout, all, replicates, frames, {});
    const Vector change = forces.change_by_shape(windows, surely_shaped(windows, shape_errors));
    const auto note = widen_by_shape(out, request, all, forces.sums(profile + change, layout.size()));
    if (!note.empty() && !named) out.notes.push_back(note);
    return out;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(umbrella_integration) {
  return with_frame_weights(Declaration<Estimator, Options>(
                                "umbrella_integration", "Free energy by integrating the mean force of the windows."))
      .reference(
          "Kaestner and Thiel, J. Chem. Phys. 123, 144104 (2005), eqs 5 to 8; several variables: Kaestner, J. Chem. "
          "Phys. 131, 034109 (2009); errors by block bootstrap.")
      .parameter("skewness", &Options::skewness, unit::dimensionless,
                 "Windows more skewed than this are named: they are no normal laws.", at_least(0))
      .parameter("excess_kurtosis", &Options::excess_kurtosis, unit::dimensionless,
                 "Windows with a larger excess kurtosis, of either sign, are named too: two peaks have -2.",
                 at_least(0))
      .parameter("replicates", &Options::replicates, unit::none, "Bootstrap replicates for the error bars.",
                 at_least(2))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to use; more are thinned evenly.",
                 at_least(1))
      .example("{type: umbrella_integration}")
      .creates<UmbrellaIntegration>();
}

}  // namespace liftwell
