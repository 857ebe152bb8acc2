// SPDX-License-Identifier: MIT
#include "fastest_vibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/point.hpp"

namespace liftwell {
namespace {

/// k/2 (q(x) − q⁰)² near its rest: the gradient of q, particle by particle.
struct Term {
  double stiffness = 0;
  std::vector<std::pair<Index, Point>> gradient;
  std::vector<Index> atoms;  ///< in the order of the chain

  /// How q changes with the displacements y.
  [[nodiscard]] double along(const Vector& y) const {
    double out = 0;
    for (const auto& [atom, g] : gradient) out += dot(g, point(y.data(), atom));
    return out;
  }
};

std::vector<Term> terms_at(const SystemFile& file, const double* x) {
  std::vector<Term> out;
  for (const Spring& bond : file.springs) {
    const Point away = point(x, bond.a) - point(x, bond.b);
    const double length = norm(away);
    if (length > 0)
      out.push_back(
          {bond.stiffness, {{bond.a, (1 / length) * away}, {bond.b, (-1 / length) * away}}, {bond.a, bond.b}});
  }
  for (const Bend& bend : file.bends) {
    const Point u = point(x, bend.a) - point(x, bend.b), v = point(x, bend.c) - point(x, bend.b);
    const Point e = (1 / norm(u)) * u, f = (1 / norm(v)) * v;
    const double cosine = dot(e, f), sine = norm(cross(e, f));
    if (!(sine > 1e-3)) continue;  // stretched out: the angle has no gradient
    const Point first = (1 / (norm(u) * sine)) * (cosine * e - f), last = (1 / (norm(v) * sine)) * (cosine * f - e);
    out.push_back({bend.stiffness,
                   {{bend.a, first}, {bend.c, last}, {bend.b, (-1.0) * (first + last)}},
                   {bend.a, bend.b, bend.c}});
  }
  return out;
}

}  // namespace

double Vibration::longest_step() const {
  return frequency > 0 ? 2 / frequency : std::numeric_limits<double>::infinity();
}

double Vibration::wavenumber() const {
  constexpr double light = 0.0299792458;  // cm/ps
  return frequency / (2 * std::numbers::pi * light);
}

Matrix stiff_terms(const SystemFile& file, const Vector& structure, const Vector& moved) {
  constexpr std::ptrdiff_t most = 200;
  std::vector<Term> terms = terms_at(file, structure.data());
  std::erase_if(terms, [&](const Term& term) {
    return std::none_of(term.atoms.begin(), term.atoms.end(),
                        [&](Index atom) { return (moved.segment(3 * atom, 3).array() != 0).any(); });
  });
  if (std::ssize(terms) > most) return {};
  Matrix out = Matrix::Zero(std::ssize(terms), structure.size());
  for (Index i = 0; i < out.rows(); ++i) {
    const Term& term = terms[static_cast<std::size_t>(i)];
    for (const auto& [atom, g] : term.gradient)
      out.row(i).segment(3 * atom, 3) += std::sqrt(term.stiffness) * Eigen::RowVector3d(g.x, g.y, g.z);
  }
  return out;
}

Vibration fastest_vibration(const SystemFile& file, const Vector& structure) {
  const Vector& masses = file.particles.masses;
  const std::vector<Term> terms = terms_at(file, structure.data());
  const LangevinMiddle dynamics(file.particles, 1, 1, 1);  // for what its constraints forbid; nothing is advanced
  BlockBuffer place(structure.size(), 1), moving(structure.size(), 1);
  for (Index lane = 0; lane < place.block().lanes(); ++lane)
    for (Index d = 0; d < structure.size(); ++d) place.block()(d, lane) = structure[d];

  // In displacements y the operator M⁻¹ Σ k g gᵀ is symmetric in the metric of the masses.
  const auto allowed = [&](Vector& y) {
    for (Index lane = 0; lane < moving.block().lanes(); ++lane)
      for (Index d = 0; d < y.size(); ++d) moving.block()(d, lane) = y[d];
    dynamics.take_forbidden(std::as_const(place).block(), moving.block());
    for (Index d = 0; d < y.size(); ++d) y[d] = moving.block()(d, 0);
  };
  const auto length = [&](const Vector& y) {
    double sum = 0;
    for (Index d = 0; d < y.size(); ++d) sum += masses[d / 3] * y[d] * y[d];
    return std::sqrt(sum);
  };
  RandomSequence random(RandomStream::named(0, {"fastest vibration"}), 0);
  Vector y(structure.size());
  for (double& number : y) number = random.normal();
  allowed(y);
  double square = 0;
  constexpr int iterations = 300;
  for (int i = 0; i < iterations && length(y) > 0; ++i) {
    y /= length(y);
    Vector pulled = Vector::Zero(y.size());
    for (const Term& term : terms) {
      const double along = term.along(y);
      for (const auto& [atom, g] : term.gradient) {
        if (!(masses[atom] > 0)) continue;
        const Point step = (term.stiffness * along / masses[atom]) * g;
        pulled.segment(3 * atom, 3) += Vector{{step.x, step.y, step.z}};
      }
    }
    allowed(pulled);
    square = length(pulled);
    y = std::move(pulled);
  }
  Vibration out{std::sqrt(square), {}};
  double most = 0;
  for (const Term& term : terms) {
    const double along = term.along(y);
    if (!(term.stiffness * along * along > most)) continue;
    most = term.stiffness * along * along;
    out.atoms = term.atoms;
  }
  return out;
}

}  // namespace liftwell
