// SPDX-License-Identifier: MIT
#include "correction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace liftwell {
namespace {

/// States as blocks of at most this many lanes, which stay in the cache.
constexpr Index together = 512;

}  // namespace

Vector ExactLaw::log_density(const Matrix& states, const Matrix& labels) const {
  // What is no state has no energy either, and an engine may refuse to compute one.
  std::vector<Index> finite;
  for (Index i = 0; i < states.rows(); ++i)
    if (states.row(i).allFinite()) finite.push_back(i);
  if (std::ssize(finite) == states.rows()) return of_finite(states, labels);
  Vector out = Vector::Constant(states.rows(), -std::numeric_limits<double>::infinity());
  // Without a bias nobody asks for labels, and there may be none.
  const Vector values =
      of_finite(states(finite, Eigen::all), bias_ != nullptr ? Matrix(labels(finite, Eigen::all)) : Matrix{});
  for (std::size_t i = 0; i < finite.size(); ++i) out[finite[i]] = values[static_cast<Index>(i)];
  return out;
}

Vector ExactLaw::of_finite(const Matrix& states, const Matrix& labels) const {
  Vector out(states.rows());
  for (Index first = 0; first < states.rows(); first += together) {
    const Index count = std::min(together, states.rows() - first);
    BlockBuffer x(states.cols(), count), energy(1, count), added(1, count);
    const Index lanes = x.block().lanes();
    const auto row = [&](Index lane) { return first + std::min(lane, count - 1); };  // padding repeats the last
    for (Index lane = 0; lane < lanes; ++lane)
      for (Index d = 0; d < states.cols(); ++d) x.block()(d, lane) = states(row(lane), d);
    system_.energies(x.block(), energy.block().data());
    if (bias_ != nullptr) {
      const CoarseMap& coarse = bias_->coarse();
      BlockBuffer xi(coarse.size(), count), centre(coarse.size(), count);
      coarse.values(x.block(), xi.block());
      for (Index lane = 0; lane < lanes; ++lane)
        for (Index k = 0; k < coarse.size(); ++k) centre.block()(k, lane) = labels(row(lane), k);
      bias_->evaluate(xi.block(), centre.block(), added.block().data(), {});
    }
    for (Index lane = 0; lane < count; ++lane) {
      const double value = -(energy.block()(0, lane) + added.block()(0, lane)) / system_.thermal_energy();
      out[first + lane] = std::isfinite(value) ? value : -std::numeric_limits<double>::infinity();
    }
  }
  return out;
}

Vector log_weights_of(const TrainedScoreModel& model, const ExactLaw& law, const Matrix& states, const Matrix& labels,
                      const Vector& log_density) {
  Vector out = law.log_density(states, labels) - log_density;
  for (Index i = 0; i < out.size(); ++i)
    if (std::isfinite(out[i])) out[i] += model.log_volume(states.row(i))[0];
  return out;
}

CorrectedDraws Corrector::run(const Matrix& labels, Index chain, std::uint32_t first) const {
  const Index count = labels.rows();
  CorrectedDraws out;
  // Proposal k of chain i has a stream of its own: lanes are the chains.
  const auto propose = [&](Index k, Vector& log_weights) {
    const RandomStream own = proposals.part({std::to_string(k)});
    WeighedDraws drawn = model.draw_with_density(sampler, labels, own, first, divergence, executor, score_evaluations);
    log_weights = log_weights_of(model, law, drawn.states, labels, drawn.log_density.value);
    if (k == 0) out.standard_error = std::move(drawn.log_density.standard_error);
    return std::move(drawn.states);
  };
  out.states = propose(0, out.log_weights);
  out.accepted.assign(static_cast<std::size_t>(count), 0);
  out.moves = chain;
  std::vector<RandomSequence> uniform;
  for (Index i = 0; i < count; ++i) uniform.emplace_back(decisions, first + static_cast<std::uint32_t>(i));
  for (Index k = 1; k <= chain; ++k) {
    Vector log_weights;
    const Matrix proposed = propose(k, log_weights);
    for (Index i = 0; i < count; ++i) {
      const double u = uniform[static_cast<std::size_t>(i)].uniform();
      // A state of weight 0 is left by any proposal that has one.
      const bool stuck = std::isinf(out.log_weights[i]);
      if (!stuck && !(std::log(u) < log_weights[i] - out.log_weights[i])) continue;
      if (stuck && std::isinf(log_weights[i])) continue;
      out.states.row(i) = proposed.row(i);
      out.log_weights[i] = log_weights[i];
      ++out.accepted[static_cast<std::size_t>(i)];
    }
  }
  return out;
}

double Corrector::density_error(const Matrix& labels) const {
  constexpr Index enough = 256;
  const Index step = std::max<Index>(1, labels.rows() / enough);
  const Matrix some = labels(Eigen::seq(0, labels.rows() - 1, step), Eigen::all);
  const WeighedDraws drawn = model.draw_with_density(sampler, some, proposals.part({"density error"}), 0, Divergence{},
                                                     executor, score_evaluations);
  std::vector<Index> finite;
  for (Index i = 0; i < some.rows(); ++i)
    if (drawn.states.row(i).allFinite()) finite.push_back(i);
  const auto found_by = [&](const OdeSampler& method) {
    return model
        .log_density(method, drawn.states(finite, Eigen::all), some(finite, Eigen::all), Divergence{}, 0, executor,
                     score_evaluations)
        .value;
  };
  return liftwell::density_error(drawn.log_density.value(finite), found_by(sampler), found_by(*sampler.refined()));
}

namespace {

/// NaN where nothing is finite.
double finite_median(const Vector& values) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  if (finite.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = finite.begin() + std::ssize(finite) / 2;
  std::nth_element(finite.begin(), middle, finite.end());
  return *middle;
}

/// Mean distance of what is finite from a value.
double mean_distance(const Vector& values, double from) {
  double sum = 0, count = 0;
  for (const double value : values)
    if (std::isfinite(value)) sum += std::abs(value - from), count += 1;
  return sum / count;
}

double scatter(const Vector& values) { return mean_distance(values, finite_median(values)); }

constexpr double error_of_refinement = 4.0 / 3;

}  // namespace

double density_error(const Vector& there, const Vector& back, const Vector& fine) {
  return error_of_refinement * std::max(scatter(there - fine), scatter(back - fine));
}

double density_error_elsewhere(const Vector& at_draws, const Vector& elsewhere) {
  return error_of_refinement * mean_distance(elsewhere, finite_median(at_draws));
}

std::string density_fault(double error) {
  constexpr double tolerable = 0.2;  // an error of weights, in kT, that most runs cannot tell
  if (!(error > tolerable)) return {};
  return fmt::format(
      "know ln p to {:.2g} only, for the sampler's steps are too few, or the states too far from what the model draws: "
      "the weights of states are off by as many kT; take more steps, a sampler such as adams or dormand_prince, or a "
      "model that was trained on such states",
      error);
}

double effective_size(const Vector& log_weights) {
  const double largest = log_weights.maxCoeff();
  if (!std::isfinite(largest)) return 0;
  const Eigen::ArrayXd weights = (log_weights.array() - largest).exp();
  return weights.sum() * weights.sum() / weights.square().sum();
}

}  // namespace liftwell
