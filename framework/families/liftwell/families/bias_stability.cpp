// SPDX-License-Identifier: MIT
#include "liftwell/families/bias_stability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "liftwell/base/display_unit.hpp"
#include "liftwell/base/rounding.hpp"
#include "liftwell/base/unit.hpp"
#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

/// ∇ξ_k at each state: one block (dimension x lanes) per variable.
std::vector<BlockBuffer> gradients_at(const CoarseMap& coarse, const Matrix& states) {
  BlockBuffer x(states.cols(), states.rows()), value(1, states.rows());
  for (Index lane = 0; lane < x.block().lanes(); ++lane)
    for (Index d = 0; d < states.cols(); ++d) x.block()(d, lane) = states(std::min(lane, states.rows() - 1), d);
  std::vector<BlockBuffer> out;
  for (Index k = 0; k < coarse.size(); ++k) {
    BlockBuffer& gradient = out.emplace_back(states.cols(), states.rows());
    coarse[k].evaluate(std::as_const(x).block(), value.block().data(), gradient.block());
  }
  return out;
}

Vector lane_of(const BlockBuffer& vectors, Index lane) {
  Vector out(vectors.block().rows());
  for (Index d = 0; d < out.size(); ++d) out[d] = vectors.block()(d, lane);
  return out;
}

/// No energy at all: under it, a bias acts alone.
class FlatSurface final : public EnergySurface {
 public:
  explicit FlatSurface(Index dimension) : dimension_(dimension) {}
  [[nodiscard]] Index dimension() const override { return dimension_; }
  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    if (energy != nullptr) Row(energy, x.lanes()).setZero();
    gradient.flat().setZero();
  }

 private:
  Index dimension_;
};

/// Along one direction at one state: what the energy has of curvature (energy/length²), and from which sum on a step is
/// unstable.
struct Strain {
  Vector direction;  ///< of length one; empty where the bias has no stiffness
  double bias = 0;   ///< the largest it has anywhere
  double here = 0;   ///< what it has at the state
  double potential = 0;
  double limit = std::numeric_limits<double>::infinity();
};

/// The rows (√k ∇q of springs) as a step answers to them at `state`: P√k ∇q, less what constraints forbid. No rows
/// where the system does not tell.
Matrix pulled_at(const System& system, const Vector& state, const Matrix& rows) {
  Matrix out(rows.rows(), state.size());
  for (Index i = 0; i < rows.rows(); ++i) {
    const Vector pulled = system.pull(rows.row(i).transpose());
    if (pulled.size() == 0) return {};
    out.row(i) = pulled.transpose();
  }
  if (system.molecule() == nullptr || rows.rows() == 0) return out;
  BlockBuffer x(state.size(), rows.rows()), vectors(state.size(), rows.rows());
  for (Index d = 0; d < state.size(); ++d) {
    x.block().row(d).setConstant(state[d]);
    for (Index i = 0; i < rows.rows(); ++i) vectors.block()(d, i) = out(i, d);
  }
  system.take_forbidden(std::as_const(x).block(), vectors.block());
  for (Index d = 0; d < state.size(); ++d)
    for (Index i = 0; i < rows.rows(); ++i) out(i, d) = vectors.block()(d, i);
  return out;
}

/// The largest eigenvalue of P H with which a step is right. At a temperature the gradients of torsions and angles grow
/// now and then beyond what they are at rest: windows on phi of alanine dipeptide, with steps of 2 fs, are too wide
/// from 0.6 of the limit at rest on, and right at 0.57 of it; walkers are lost from 0.76 on.
double largest_stable(const System& system) { return system.molecule() != nullptr ? 0.5 * 2 : 2; }

/// The part of the bias (rows as above) with which springs and bias together come to the limit of stability, at most 1.
/// Springs that come near it by themselves are a matter of the time step: then the bias may add a twentieth to them.
double bearable_part(const System& system, const Vector& state, const Matrix& bias, const Matrix& springs) {
  Matrix rows(bias.rows() + springs.rows(), state.size());
  rows << bias, springs;
  const Matrix products = rows * pulled_at(system, state, rows).transpose();
  const auto largest = [&](double part) {
    Matrix scaled = products;
    scaled.topRows(bias.rows()) *= std::sqrt(part);
    scaled.leftCols(bias.rows()) *= std::sqrt(part);
    const SymmetricEigen modes = symmetric_eigen(0.5 * (scaled + scaled.transpose()));
    return modes.values[modes.values.size() - 1];
  };
  const double limit = std::max(largest_stable(system), 1.05 * largest(0));
  if (largest(1) < limit) return 1;
  double low = 0, high = 1;
  for (int halving = 0; halving < 12; ++halving) {
    const double middle = 0.5 * (low + high);
    (largest(middle) < limit ? low : high) = middle;
  }
  return low;
}

bool alone_too_stiff(const Strain& strain) { return strain.bias >= strain.limit; }

/// With P the pull of a step, I − P H is what a step makes of a displacement. The largest eigenvalue λ of P H_bias is
/// that of the small matrix √(κ_j κ_k) ∇ξ_j·P∇ξ_k, and with its eigenvector c, v = Σ_k c_k √κ_k P∇ξ_k is the direction:
/// vᵀP⁻¹v = λ, so that μ is reached along v by the curvature μ λ/|v|². What stiff terms of the system take of that
/// limit counts as the potential's.
Strain strain_of_bias(const System& system, const Vector& state, const std::vector<BlockBuffer>& gradients,
                      const Vector& stiffness, Index lane) {
  const Index size = stiffness.size();
  Matrix stretched(size, state.size());
  for (Index k = 0; k < size; ++k)
    stretched.row(k) = std::sqrt(stiffness[k]) * lane_of(gradients[static_cast<std::size_t>(k)], lane).transpose();
  const Matrix pulled = pulled_at(system, state, stretched);
  if (pulled.rows() == 0) return {};
  const SymmetricEigen modes = symmetric_eigen(stretched * pulled.transpose());
  const double largest = modes.values[size - 1];
  if (!(largest > 0)) return {};
  const Vector way = pulled.transpose() * modes.vectors.col(size - 1);
  Strain out;
  out.direction = way.normalized();
  out.limit = largest_stable(system) * largest / way.squaredNorm();
  out.bias = out.here = largest * largest / way.squaredNorm();
  if (alone_too_stiff(out)) return out;
  if (const Matrix springs = system.stiff_terms(state, stretched.colwise().squaredNorm().transpose());
      springs.rows() > 0)
    if (const double part = bearable_part(system, state, stretched, springs); part < 1)
      out.potential = out.limit - part * out.bias;
  return out;
}

/// Second derivative of an energy along one direction (of length one) at each state, by differences of its gradient.
/// The jump of a kink within reach is divided by the width: half the width makes twice of it, and of a curvature the
/// same, so that twice the wide difference less the narrow one is without it. A kink between the two widths is in the
/// wide one alone. Hence the least of the three. 0 where the gradient is not finite.
Vector curvature_along(const EnergySurface& surface, const Matrix& states, const std::vector<Vector>& directions,
                       const Vector& reach) {
  constexpr std::array<double, 4> places{-1, 1, -0.5, 0.5};
  const Index count = states.rows(), each = std::ssize(places);
  BlockBuffer x(states.cols(), each * count), gradient(states.cols(), each * count);
  for (Index lane = 0; lane < x.block().lanes(); ++lane) {
    const Index i = std::min(lane / each, count - 1);
    const Vector& direction = directions[static_cast<std::size_t>(i)];
    const double step = places[static_cast<std::size_t>(lane % each)] * reach[i];
    for (Index d = 0; d < states.cols(); ++d)
      x.block()(d, lane) = states(i, d) + (direction.size() > 0 ? step * direction[d] : 0);
  }
  surface.evaluate(std::as_const(x).block(), nullptr, gradient.block());
  Vector out = Vector::Zero(count);
  for (Index i = 0; i < count; ++i) {
    const Vector& direction = directions[static_cast<std::size_t>(i)];
    double wide = 0, narrow = 0;
    for (Index d = 0; d < direction.size(); ++d) {
      const auto slope = [&](Index place) { return direction[d] * gradient.block()(d, each * i + place); };
      wide += (slope(1) - slope(0)) / (2 * reach[i]);
      narrow += (slope(3) - slope(2)) / reach[i];
    }
    const double least = std::min({wide, narrow, 2 * wide - narrow});
    if (std::isfinite(wide) && std::isfinite(narrow)) out[i] = least;
  }
  return out;
}

/// Whether the curvature of the potential counts. Not of a molecule: its step is bounded by its vibrations, and the
/// direction in which a torsion is biased stretches bonds that are fixed or belong to heavier atoms than the limit's.
bool counts_potential(const System& system) { return system.potential() != nullptr && system.molecule() == nullptr; }

/// Over a tenth of what kT allows a spring.
double reach_of(const System& system, double stiffness) { return 0.1 * std::sqrt(system.thermal_energy() / stiffness); }

/// As above of the bias alone; of one with centres for what the coarse variables have of it wherever the centres are.
Vector curvature_along(const Bias& bias, const Matrix& states, const std::vector<Vector>& directions,
                       const Vector& reach) {
  if (!bias.centred()) {
    const FlatSurface flat(states.cols());
    const BlockBuffer centres(bias.coarse().size(), 4 * states.rows());
    return curvature_along(BiasedSurface(flat, bias, centres.block()), states, directions, reach);
  }
  const Vector stiffness = bias.stiffness();
  const auto gradients = gradients_at(bias.coarse(), states);
  Vector out = Vector::Zero(states.rows());
  for (Index i = 0; i < states.rows(); ++i)
    for (Index k = 0; k < stiffness.size(); ++k)
      out[i] +=
          stiffness[k] *
          std::pow(directions[static_cast<std::size_t>(i)].dot(lane_of(gradients[static_cast<std::size_t>(k)], i)), 2);
  return out;
}

/// Adds what potential and, where its stiffness depends on where it is, bias have at the states along each direction.
/// Where they bend the other way, they take nothing off.
void add_curvature(const System& system, const Bias& bias, const Matrix& states, std::vector<Strain>& strains) {
  std::vector<Vector> directions;
  Vector reach = Vector::Zero(states.rows());
  for (const Strain& strain : strains) {
    if (strain.direction.size() > 0) reach[std::ssize(directions)] = reach_of(system, strain.bias);
    directions.push_back(strain.direction);
  }
  if (counts_potential(system)) {
    const Vector potential = curvature_along(*system.potential(), states, directions, reach);
    for (std::size_t i = 0; i < strains.size(); ++i)
      strains[i].potential = std::max(0.0, potential[static_cast<Index>(i)]);
  }
  if (bias.centred()) return;
  const Vector here = curvature_along(bias, states, directions, reach);
  for (std::size_t i = 0; i < strains.size(); ++i) strains[i].here = std::max(0.0, here[static_cast<Index>(i)]);
}

std::vector<Strain> strains_of(const System& system, const Bias& bias, const Matrix& states) {
  std::vector<Strain> out;
  if (states.rows() == 0 || system.pull(Vector::Zero(states.cols())).size() == 0) return out;
  const Vector stiffness = bias.stiffness();
  const auto gradients = gradients_at(bias.coarse(), states);
  for (Index i = 0; i < states.rows(); ++i)
    out.push_back(strain_of_bias(system, states.row(i).transpose(), gradients, stiffness, i));
  add_curvature(system, bias, states, out);
  return out;
}

/// Together with the potential.
bool too_stiff_here(const Strain& strain) { return strain.here + strain.potential >= strain.limit; }

/// Together with a potential that the step could follow.
bool together_too_stiff(const Strain& strain) { return too_stiff_here(strain) && strain.potential < strain.limit; }

/// A percentage, rounded down to two digits: taking it is enough.
std::string percent_below(double share) { return fmt::format("{:.3g} %", two_digits_down(100 * share)); }

/// "1.5 energy/length^2", and "1.5 kJ/mol/nm^2" of a molecule.
std::string in_units(const System& system, double value, std::string_view dimension, std::string_view reduced) {
  const std::string unit(system.molecule() != nullptr ? display_unit(dimension) : std::string(reduced));
  return fmt::format("{:.4g}{}", value, after_number(unit));
}
std::string curvature_text(const System& system, double value) {
  return in_units(system, value, unit::stiffness.name, unit::stiffness.name);
}
std::string step_text(const System& system) { return in_units(system, system.timestep(), "time", ""); }

std::string refusal(const System& system, const Strain& strain) {
  const bool alone = alone_too_stiff(strain);
  const double added = alone ? strain.bias : strain.here;
  const double room = alone ? strain.limit : strain.limit - strain.potential;
  const std::string parts = "it adds a curvature of " + curvature_text(system, added) +
                            (alone ? "" : fmt::format(" to the {:.4g} that the potential has there", strain.potential));
  return fmt::format(
      "is too stiff: {}, and with a time step of {} the limit of stability is {}; take less than {} of this "
      "stiffness, or a shorter time step",
      parts, step_text(system), curvature_text(system, strain.limit), percent_below(room / added));
}

/// "coordinate 3", with more of it where the direction is of others too.
std::string coordinate_text(const Vector& direction) {
  Index most = 0;
  const double share = direction.cwiseAbs().maxCoeff(&most);
  return share > 1 - 1e-9 ? fmt::format("coordinate {}", most)
                          : fmt::format("a direction with {:.2g} of coordinate {} and less of others", share, most);
}

}  // namespace

std::string bias_misfit(const CoarseMap& coarse, const System& system) {
  if (std::string problem = coarse.misfit(system); !problem.empty()) return problem;
  const Vector structure = system.structure();
  if (structure.size() == 0) return {};
  constexpr double rounding = 1e-9;
  const Matrix state = structure.transpose();
  const auto gradients = gradients_at(coarse, state);
  for (Index k = 0; k < coarse.size(); ++k) {
    const Vector slope = lane_of(gradients[static_cast<std::size_t>(k)], 0);
    const Matrix pulled = pulled_at(system, structure, slope.transpose());
    if (pulled.rows() == 0) return {};
    const double free = slope.dot(system.pull(slope));
    if (free > 0 && pulled.row(0).dot(slope) < rounding * free)
      return fmt::format(
          "coarse variable {}: constraints of the system hold it at {:.4g}{}, so that no bias moves it; take another "
          "variable, or a system without them",
          coarse.names()[static_cast<std::size_t>(k)], coarse.values(state)(0, k),
          after_number(display_measure(coarse.measured_in(k))));
  }
  return {};
}

std::string unstable(const System& system, const Bias& bias, const Matrix& states, OutOfBounds bias_alone) {
  const std::vector<Strain> strains = strains_of(system, bias, states);
  if (strains.empty()) return {};
  const auto share_alone = [](const Strain& a, const Strain& b) { return a.bias / a.limit < b.bias / b.limit; };
  const auto share = [](const Strain& a, const Strain& b) {
    return (a.here + a.potential) / a.limit < (b.here + b.potential) / b.limit;
  };
  const auto [mildest, stiffest] = std::minmax_element(strains.begin(), strains.end(), share_alone);
  const auto alone = bias_alone == OutOfBounds::any ? stiffest : mildest;
  if (alone_too_stiff(*alone)) return refusal(system, *alone);
  if (std::all_of(strains.begin(), strains.end(), together_too_stiff))
    return refusal(system, *std::min_element(strains.begin(), strains.end(), share));
  return {};
}

std::string unstable_everywhere(const System& system, const Bias& bias) {
  if (!bias.coarse().misfit(system.dimension()).empty()) return {};
  if (const Vector structure = system.structure(); system.molecule() != nullptr && structure.size() > 0)
    return unstable(system, bias, structure.transpose());
  constexpr Index probes = 8;
  Matrix states(probes, system.dimension());
  for (Index i = 0; i < probes; ++i)
    for (Index d = 0; d < states.cols(); ++d)
      states(i, d) = std::fmod(static_cast<double>(i + 1) * std::sqrt(2.0 + static_cast<double>(d)), 1.0) - 0.5;
  const auto gradients = gradients_at(bias.coarse(), states);
  for (const BlockBuffer& gradient : gradients)
    for (Index lane = 1; lane < probes; ++lane)
      for (Index d = 0; d < states.cols(); ++d)
        if (!(gradient.block()(d, lane) == gradient.block()(d, 0))) return {};
  const Strain strain = strain_of_bias(system, states.row(0).transpose(), gradients, bias.stiffness(), 0);
  return alone_too_stiff(strain) ? refusal(system, strain) : std::string();
}

std::string stability_warning(const System& system, const Bias& bias, const Matrix& states) {
  constexpr double noticeable = 1.1;
  const std::vector<Strain> strains = strains_of(system, bias, states);
  if (const Index over = std::count_if(strains.begin(), strains.end(), too_stiff_here); over > 0)
    return fmt::format(
        "along the bias, potential and bias together are stiffer than a time step of {} can follow, at {} of the "
        "{} starts; walkers that stay there will be lost: take a shorter time step",
        step_text(system), over, strains.size());
  double widest = noticeable;
  const Strain* most = nullptr;
  for (const Strain& strain : strains) {
    const double total = strain.bias + strain.potential;
    if (strain.direction.size() == 0 || total >= strain.limit) continue;
    const double widening = system.widening(strain.direction, total);
    if (widening <= widest) continue;
    widest = widening;
    most = &strain;
  }
  if (most == nullptr) return {};
  return fmt::format(
      "the time step widens what the bias holds: where potential and bias have a curvature of {:.4g} energy/length^2 "
      "(limit of stability {:.4g}), the variance along it is {:.3g} times the right one; take a shorter time step, a "
      "softer bias, or an integrator that is exact in a harmonic well (leimkuhler_matthews, baoab)",
      most->bias + most->potential, most->limit, widest);
}

std::string assumption_warning(const System& system, const Bias* bias, const Matrix& states) {
  constexpr double noticeable = 1.1;
  const Matrix assumed = system.assumed_curvature();
  if (assumed.size() == 0 || states.rows() == 0 || !counts_potential(system)) return {};
  const SymmetricEigen modes = symmetric_eigen(assumed);
  double worst = std::log(noticeable);
  std::string out;
  for (Index mode = 0; mode < modes.values.size(); ++mode) {
    const double told = modes.values[mode];
    if (!(told > 1e-9 * modes.values.cwiseAbs().maxCoeff())) continue;
    const Vector direction = modes.vectors.col(mode);
    const double limit = 2 / direction.dot(system.pull(direction));
    const std::vector<Vector> directions(static_cast<std::size_t>(states.rows()), direction);
    const Vector reach = Vector::Constant(states.rows(), reach_of(system, told));
    Vector curvature = curvature_along(*system.potential(), states, directions, reach);
    if (bias != nullptr) curvature += curvature_along(*bias, states, directions, reach);
    // The state where it is nearest to the truth: what is so at the others may be a matter of these.
    double least = std::numeric_limits<double>::infinity(), there = 0, temperature = 1;
    for (Index i = 0; i < states.rows(); ++i) {
      if (curvature[i] >= limit) continue;  // walkers that stay there are lost, which says it
      // Where nothing holds, noise and pull still are those of one temperature or another.
      const double ratio = system.widening(direction, std::max(curvature[i], 1e-6 * told));
      if (std::abs(std::log(ratio)) >= least) continue;
      least = std::abs(std::log(ratio));
      there = curvature[i];
      temperature = ratio;
    }
    if (!std::isfinite(least) || least <= worst) continue;
    worst = least;
    out = fmt::format(
        "the integrator is told a stiffness of {:.4g} energy/length^2 along {}, where {} {:.4g} (at the start of {} "
        "that fits best), so that walkers move along it as at {:.3g} times the temperature: tell it the stiffness "
        "that is there, or take a shorter time step",
        told, coordinate_text(direction), bias == nullptr ? "the potential has" : "potential and bias together have",
        there, states.rows(), temperature);
  }
  return out;
}

std::optional<Overstep> overstep(const System& system, const Bias* bias, const Vector& centre, const Vector& position) {
  constexpr Index most_coordinates = 64;
  const Index size = position.size();
  if (!counts_potential(system) || size > most_coordinates || system.pull(position).size() == 0) return {};
  Matrix pull(size, size);
  for (Index d = 0; d < size; ++d) pull.row(d) = system.pull(Vector::Unit(size, d)).transpose();

  // Over a tenth of what noise moves in a step, or what rounding leaves of it.
  const auto reach = [&](Index d) {
    return std::max(0.1 * std::sqrt(system.thermal_energy() * pull(d, d)), 1e-6 * std::abs(position[d]));
  };
  BlockBuffer x(size, 2 * size), gradient(size, 2 * size), centres(centre.size(), 2 * size);
  for (Index lane = 0; lane < x.block().lanes(); ++lane) {
    for (Index d = 0; d < size; ++d) x.block()(d, lane) = position[d];
    for (Index k = 0; k < centre.size(); ++k) centres.block()(k, lane) = centre[k];
    if (const Index moved = lane / 2; moved < size) x.block()(moved, lane) += (lane % 2 == 0 ? -1 : 1) * reach(moved);
  }
  std::optional<BiasedSurface> biased;
  if (bias != nullptr) biased.emplace(*system.potential(), *bias, std::as_const(centres).block());
  const EnergySurface& surface = biased ? static_cast<const EnergySurface&>(*biased) : *system.potential();
  surface.evaluate(std::as_const(x).block(), nullptr, gradient.block());
  Matrix curvature(size, size);
  for (Index d = 0; d < size; ++d)
    for (Index e = 0; e < size; ++e)
      curvature(d, e) = (gradient.block()(e, 2 * d + 1) - gradient.block()(e, 2 * d)) / (2 * reach(d));
  if (!curvature.allFinite()) return {};

  // P∘H is as √P H √P, with u of which the direction is √P u.
  const SymmetricEigen pulls = symmetric_eigen(pull);
  const Matrix root = pulls.vectors * pulls.values.cwiseMax(0).cwiseSqrt().asDiagonal() * pulls.vectors.transpose();
  const SymmetricEigen answers = symmetric_eigen(root * (curvature + curvature.transpose()) * root / 2);
  const double largest = answers.values[size - 1];
  if (!(largest >= 2)) return {};
  // The pull grows with the time step, with its square where there is inertia.
  const double shorter = system.has_velocities() ? std::sqrt(2 / largest) : 2 / largest;
  return Overstep{largest / (root * answers.vectors.col(size - 1)).squaredNorm(), shorter * system.timestep()};
}

}  // namespace liftwell
