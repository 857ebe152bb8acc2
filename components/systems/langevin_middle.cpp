// SPDX-License-Identifier: MIT
#include "langevin_middle.hpp"

#include <cmath>
#include <utility>

#include "liftwell/families/noise_buffer.hpp"

namespace liftwell {
namespace {

/// Calls `visit` with the first lane of each eight.
template <class Visit>
void for_packs(Index lanes, const Visit& visit) {
  for (Index lane = 0; lane < lanes; lane += lane_multiple) visit(lane);
}

Vector inverse(const Vector& masses) {
  return (masses.array() > 0).select(masses.array().max(1e-300).inverse(), 0.0).matrix();
}

}  // namespace

Index Particles::degrees_of_freedom() const {
  return 3 * (masses.array() > 0).count() - std::ssize(constraints) - (hold_centre ? 3 : 0);
}

LangevinMiddle::LangevinMiddle(Particles particles, double thermal_energy, double timestep, double friction)
    : particles_(std::move(particles)),
      thermal_energy_(thermal_energy),
      timestep_(timestep),
      friction_(friction),
      inverse_masses_(inverse(particles_.masses)) {
  if (particles_.hold_centre) mass_share_ = particles_.masses / particles_.masses.sum();
}

void LangevinMiddle::project(const BondConstraints& constraints, PackColumn v) const {
  constraints.project(v);
  // Forces of constraints are opposite on two atoms: they leave the centre alone, so the order does not matter.
  for (Index d = 0; d < 3 && mass_share_.size() > 0; ++d) {
    Pack centre = Pack::Zero();
    for (Index atom = 0; atom < mass_share_.size(); ++atom) centre += mass_share_[atom] * v(3 * atom + d);
    for (Index atom = 0; atom < mass_share_.size(); ++atom) v(3 * atom + d) -= centre;
  }
}

void LangevinMiddle::advance(WalkerTile& tile, const EnergySurface& surface, const RandomStream& stream,
                             std::uint64_t first_step, std::int64_t steps) const {
  if (steps <= 0) return;
  const Index rows = tile.position.rows(), lanes = tile.position.lanes();
  NoiseBuffer noise(stream, tile, first_step, steps);
  BlockBuffer gradient(rows, lanes);
  BondConstraints constraints(particles_.constraints, inverse_masses_);
  const double half_step = 0.5 * timestep_;
  const double memory = std::exp(-friction_ * timestep_);
  const double noise_variance = thermal_energy_ * -std::expm1(-2 * friction_ * timestep_);
  const Vector noise_scale = (noise_variance * inverse_masses_).cwiseSqrt();
  const Vector kick = timestep_ * inverse_masses_;
  for_packs(lanes, [&](Index lane) {
    const PackColumn x(tile.position, lane);
    constraints.set_place({tile.position, lane});
    constraints.restore(x, nullptr, 0);
  });
  for (std::int64_t i = 0; i < steps; ++i) {
    surface.evaluate(tile.position, nullptr, gradient.block());
    const ConstBlock normals = noise.step(first_step + static_cast<std::uint64_t>(i));
    for_packs(lanes, [&](Index lane) {
      const PackColumn x(tile.position, lane), v(tile.velocity, lane);
      const ConstPackColumn slope(gradient.block(), lane), normal(normals, lane);
      for (Index d = 0; d < rows; ++d) v(d) -= kick[d / 3] * slope(d);
      constraints.set_place({tile.position, lane});
      project(constraints, v);
      for (Index d = 0; d < rows; ++d) {
        x(d) += half_step * v(d);
        v(d) = memory * v(d) + noise_scale[d / 3] * normal(d);
      }
      project(constraints, v);
      for (Index d = 0; d < rows; ++d) x(d) += half_step * v(d);
      constraints.restore(x, &v, 1 / timestep_);
    });
  }
}

void LangevinMiddle::draw_velocities(WalkerTile& tile, const RandomStream& stream) const {
  const Block velocity = tile.velocity;
  fill_normals(stream, tile.first_walker, 0, velocity.rows(), velocity.lanes(), velocity.data(), velocity.lanes());
  for (Index d = 0; d < velocity.rows(); ++d) velocity.row(d) *= std::sqrt(thermal_energy_ * inverse_masses_[d / 3]);
  if (tile.position.rows() != velocity.rows()) return;
  BondConstraints constraints(particles_.constraints, inverse_masses_);
  for_packs(velocity.lanes(), [&](Index lane) {
    const PackColumn x(tile.position, lane);
    constraints.set_place({tile.position, lane});
    constraints.restore(x, nullptr, 0);
    constraints.set_place({tile.position, lane});
    project(constraints, {velocity, lane});
  });
}

void LangevinMiddle::take_forbidden(ConstBlock x, Block vectors) const {
  BondConstraints constraints(particles_.constraints, inverse_masses_);
  for_packs(x.lanes(), [&](Index lane) {
    constraints.set_place({x, lane});
    const PackColumn v(vectors, lane);
    constraints.project(v);
    for (Index d = 0; d < vectors.rows(); ++d)
      if (!(particles_.masses[d / 3] > 0)) v(d).setZero();
  });
}

}  // namespace liftwell
