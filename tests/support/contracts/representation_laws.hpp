// SPDX-License-Identifier: MIT
// Laws of every representation.
#pragma once

#include "liftwell/data/factorization.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/families/representation.hpp"
#include "support/contracts/laws.hpp"

namespace liftwell::contracts {

/// n random states as rows, atoms about 1 nm apart.
inline Matrix random_molecules(Index dimension, Index count) {
  const BlockBuffer states = random_states(dimension, count, "representation");
  Matrix out(count, dimension);
  for (Index i = 0; i < count; ++i)
    for (Index d = 0; d < dimension; ++d) out(i, d) = states.block()(d, i);
  return out;
}

/// The largest difference between the distances of two atoms in two states; larger where one is the mirror image.
inline double difference_of_shape(const Matrix& a, const Matrix& b) {
  const Index atoms = a.cols() / 3;
  double out = 0;
  for (Index row = 0; row < a.rows(); ++row) {
    for (Index i = 0; i < atoms; ++i)
      for (Index j = 0; j < i; ++j)
        out = std::max(out, std::abs(norm(point(&a(row, 0), i) - point(&a(row, 0), j)) -
                                     norm(point(&b(row, 0), i) - point(&b(row, 0), j))));
    for (Index i = 0; i + 3 < atoms; ++i) {
      const auto volume = [&](const Matrix& m) {
        const Point o = point(&m(row, 0), i);
        return dot(cross(point(&m(row, 0), i + 1) - o, point(&m(row, 0), i + 2) - o), point(&m(row, 0), i + 3) - o);
      };
      out = std::max(out, std::abs(volume(a) - volume(b)));
    }
  }
  return out;
}

/// ½ ln det(Jᵀ M J), J the derivatives of a state by q, by its place and by its turn: the density that Maxwell's law of
/// velocities leaves to q. By differences, so independent of what log_volume knows. `masses`: of each atom, or empty.
inline double half_log_metric(const StateCoordinates& map, const Matrix& state, const std::vector<double>& masses) {
  const Matrix q = map.coordinates_of(state);
  const Matrix x = map.states_of(q);
  const Index n = q.cols(), d = map.dimension();
  constexpr double step = 1e-4;
  Matrix moved(4 * n, n);
  for (Index j = 0; j < n; ++j)
    for (Index k = 0; k < 4; ++k) {
      moved.row(4 * j + k) = q;
      moved(4 * j + k, j) += step * (std::array{-2.0, -1.0, 1.0, 2.0})[static_cast<std::size_t>(k)];
    }
  const Matrix there = map.states_of(moved);
  Matrix derivative = Matrix::Zero(n + 6, d);
  for (Index j = 0; j < n; ++j)
    derivative.row(j) =
        (there.row(4 * j) - 8 * there.row(4 * j + 1) + 8 * there.row(4 * j + 2) - there.row(4 * j + 3)) / (12 * step);
  for (Index i = 0; i < d / 3; ++i)
    for (Index axis = 0; axis < 3; ++axis) {
      const Index next = (axis + 1) % 3, after = (axis + 2) % 3;
      derivative(n + axis, 3 * i + axis) = 1;
      derivative(n + 3 + axis, 3 * i + after) = x(0, 3 * i + next);
      derivative(n + 3 + axis, 3 * i + next) = -x(0, 3 * i + after);
    }
  for (Index i = 0; i < d; ++i)
    if (!masses.empty()) derivative.col(i) *= std::sqrt(masses[static_cast<std::size_t>(i / 3)]);
  const auto root = cholesky(derivative * derivative.transpose());
  return root ? root->diagonal().array().log().sum() : std::nan("");
}

/// At random states of `dimension` numbers: states come back from their coordinates, coordinates from their states, a
/// row depends on itself alone, what is no state is NaN, and the volume is that of the derivatives.
inline BrokenLaws representation_laws(const Representation& representation, Index dimension) {
  BrokenLaws broken;
  if (!representation.misfit(dimension).empty())
    return {"it accepts states of " + std::to_string(dimension) + " numbers"};
  const FloatMatrix examples = representation.examples(dimension);
  if (examples.rows() < 8 || examples.cols() != dimension || !examples.allFinite() ||
      !representation.with(representation.fit(examples, true))->coordinates_of(examples.cast<double>()).allFinite())
    broken.push_back("its examples have its coordinates");
  const Matrix states = random_molecules(dimension, 64);
  for (const bool circles : {true, false}) {
    const Matrix fitted = representation.fit(states.cast<float>(), circles);
    const auto map = representation.with(fitted);
    const auto again = representation.with(fitted);
    if (map->dimension() != dimension || map->periods().size() != map->size() ||
        std::ssize(map->names()) != map->size())
      broken.push_back("its sizes fit together");
    if (!circles && !map->periods().isZero(0)) broken.push_back("it has no circles for models that know none");
    const Matrix q = map->coordinates_of(states);
    if (!q.allFinite()) broken.push_back("ordinary states have finite coordinates");
    const Matrix back = map->states_of(q);
    if (!(difference_of_shape(states, back) < 1e-11)) broken.push_back("states come back from their coordinates");
    Matrix apart = map->coordinates_of(back) - q;
    for (Index j = 0; j < apart.cols(); ++j)
      if (const double period = map->periods()[j]; period > 0)
        for (Index i = 0; i < apart.rows(); ++i) apart(i, j) = std::remainder(apart(i, j), period);
    if (!(apart.cwiseAbs().maxCoeff() < 1e-10)) broken.push_back("coordinates come back from their states");
    for (const Index row : {0, 17, 63}) {
      if (map->coordinates_of(states.row(row)) != q.row(row) || again->states_of(q.row(row)) != back.row(row))
        broken.push_back("a row depends neither on its neighbours nor on the object");
    }
    if (!map->states_of(Matrix::Constant(1, map->size(), std::nan(""))).array().isNaN().all())
      broken.push_back("what is no number is no state");
    if (!map->why_no_volume().empty()) continue;
    const Vector volume = map->log_volume(states);
    const double offset = volume[0] - half_log_metric(*map, states.topRows(1), {});
    for (Index i = 1; i < 12; ++i)
      if (!(std::abs(volume[i] - half_log_metric(*map, states.row(i), {}) - offset) < 1e-6))
        broken.push_back("the volume is the determinant of the derivatives");
  }
  return broken;
}

}  // namespace liftwell::contracts
