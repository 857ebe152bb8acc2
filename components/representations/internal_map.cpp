// SPDX-License-Identifier: MIT
#include "internal_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

constexpr double circle = 2 * std::numbers::pi;

/// All 3 atoms − 6 coordinates of a state, torsions in (−π, π].
void measure(const std::vector<ZRow>& rows, const double* state, double* out) {
  const auto at = [&](Index atom) { return point(state, atom); };
  for (std::size_t i = 1; i < rows.size(); ++i) *out++ = norm(at(rows[i].atom) - at(rows[i].bond));
  for (std::size_t i = 2; i < rows.size(); ++i)
    *out++ = angle_at(at(rows[i].atom), at(rows[i].bond), at(rows[i].angle));
  for (std::size_t i = 3; i < rows.size(); ++i)
    *out++ = torsion(at(rows[i].torsion), at(rows[i].angle), at(rows[i].bond), at(rows[i].atom));
}

struct Gap {
  double width, middle;
};

/// The widest part of the circle without any of the values.
Gap widest_gap(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  Gap out{circle - (values.back() - values.front()), std::numbers::pi + (values.back() + values.front()) / 2};
  for (std::size_t i = 1; i < values.size(); ++i)
    if (const double width = values[i] - values[i - 1]; width > out.width)
      out = {width, (values[i] + values[i - 1]) / 2};
  return out;
}

std::string bond_name(const InternalFrame& frame, Index row) {
  const ZRow& r = frame.rows[static_cast<std::size_t>(row)];
  return fmt::format("{} - {}", frame.labels[static_cast<std::size_t>(r.bond)],
                     frame.labels[static_cast<std::size_t>(r.atom)]);
}

/// Mean and standard deviation of each column.
std::pair<Vector, Vector> moments(const Matrix& values) {
  const Vector mean = values.colwise().mean().transpose();
  Vector square = Vector::Zero(values.cols());
  for (Index i = 0; i < values.rows(); ++i) square += (values.row(i).transpose() - mean).cwiseAbs2();
  return {mean, (square / static_cast<double>(values.rows())).cwiseSqrt()};
}

}  // namespace

bool InternalFrame::is_fixed(Index row) const {
  const ZRow& r = rows[static_cast<std::size_t>(row)];
  return r.bond >= 0 && std::binary_search(constraints.begin(), constraints.end(), Bond(std::minmax(r.atom, r.bond)));
}

Matrix InternalMap::fit(const InternalFrame& frame, const FloatMatrix& states, bool circles) {
  ensure(states.cols() == 3 * frame.atoms() && states.rows() > 0, "internal coordinates were fitted to other states");
  // Tens of thousands tell ranges and means as well as all.
  constexpr Index most = 50000;
  const Index count = std::min(states.rows(), most);
  Matrix all(count, frame.all());
  Vector state(states.cols());
  for (Index i = 0; i < count; ++i) {
    state = states.row(i * states.rows() / count).cast<double>();
    measure(frame.rows, state.data(), &all(i, 0));
  }
  const auto [mean, deviation] = moments(all);
  Matrix out = Matrix::Zero(frame.all(), 2);
  const Index bonds = frame.atoms() - 1, torsions = frame.atoms() - 3;
  for (Index b = 0; b < bonds; ++b) {
    // States in single precision show fixed lengths to some 1e-7 of the size of the molecule.
    const bool varies = deviation[b] > 1e-5 * mean[b] + 1e-6 * states.cwiseAbs().maxCoeff();
    if (frame.is_fixed(b + 1)) {
      if (varies)
        throw InputError(
            fmt::format("internal_coordinates takes the bond {} for fixed, but in the data it varies by {:.2g} "
                        "nm; set constraints to what the system fixes",
                        bond_name(frame, b + 1), deviation[b]));
      out.row(b) << mean[b], static_cast<double>(Kind::fixed);
    } else if (!varies && count > 1) {
      throw InputError(
          fmt::format("the bond {} does not vary in the data, so that the system fixes it; say so with "
                      "constraints: h_bonds or all_bonds of internal_coordinates",
                      bond_name(frame, b + 1)));
    }
  }
  for (Index t = frame.all() - torsions; t < frame.all(); ++t) {
    const Gap gap = widest_gap({all.col(t).begin(), all.col(t).end()});
    if (circles && gap.width < std::numbers::pi)
      out(t, 1) = static_cast<double>(Kind::circle);
    else
      out(t, 0) = std::remainder(gap.middle + std::numbers::pi, circle);
  }
  return out;
}

FloatMatrix InternalMap::examples(const InternalFrame& frame, Index count) {
  Matrix fitted = Matrix::Zero(frame.all(), 2);
  const Index bonds = frame.atoms() - 1, angles = frame.atoms() - 2;
  for (Index c = 0; c < frame.all(); ++c) {
    if (c < bonds && frame.is_fixed(c + 1))
      fitted.row(c) << 0.1, static_cast<double>(Kind::fixed);
    else if (c >= bonds + angles)
      fitted(c, 1) = static_cast<double>(Kind::circle);
  }
  const InternalMap map(frame, fitted);
  Matrix q(count, map.size());
  for (Index i = 0; i < count; ++i) {
    RandomSequence random(RandomStream::named(0, {"examples of internal coordinates"}), static_cast<std::uint32_t>(i));
    for (Index j = 0; j < q.cols(); ++j) {
      const Index c = map.free_[static_cast<std::size_t>(j)];
      const double u = random.uniform();
      q(i, j) = c < bonds ? 0.1 + 0.05 * u : c < bonds + angles ? 1.57 + 0.87 * u : std::numbers::pi * (2 * u - 1);
    }
  }
  return map.states_of(q).cast<float>();
}

InternalMap::InternalMap(const InternalFrame& frame, const Matrix& fitted) : frame_(frame), fitted_(fitted) {
  if (fitted.rows() != frame.all() || fitted.cols() != 2)
    throw StorageError(fmt::format("internal coordinates of {} numbers were stored, but the molecule has {}",
                                   fitted.rows(), frame.all()));
  for (Index c = 0; c < frame.all(); ++c) {
    if ((kind(c) == Kind::fixed) != (c < frame.atoms() - 1 && frame.is_fixed(c + 1)))
      throw StorageError("internal coordinates were stored with other constraints than those of the molecule now");
    if (kind(c) != Kind::fixed) free_.push_back(c);
  }
  periods_ = Vector::Zero(size());
  for (Index j = 0; j < size(); ++j)
    if (kind(free_[static_cast<std::size_t>(j)]) == Kind::circle) periods_[j] = circle;
}

std::vector<std::string> InternalMap::names() const {
  std::vector<std::string> all, out;
  const auto label = [&](Index atom) { return frame_.labels[static_cast<std::size_t>(atom)]; };
  const Index atoms = frame_.atoms();
  for (Index i = 1; i < atoms; ++i) all.push_back("bond " + bond_name(frame_, i));
  for (Index i = 2; i < atoms; ++i) {
    const ZRow& row = frame_.rows[static_cast<std::size_t>(i)];
    all.push_back(fmt::format("angle {} - {} - {}", label(row.angle), label(row.bond), label(row.atom)));
  }
  for (Index i = 3; i < atoms; ++i) {
    const ZRow& row = frame_.rows[static_cast<std::size_t>(i)];
    all.push_back(fmt::format("torsion {} - {} - {} - {}", label(row.torsion), label(row.angle), label(row.bond),
                              label(row.atom)));
  }
  for (const Index c : free_) out.push_back(all[static_cast<std::size_t>(c)]);
  return out;
}

Matrix InternalMap::coordinates_of(const Matrix& states) const {
  ensure(states.cols() == dimension(), "states of another molecule were given to internal coordinates");
  Matrix out(states.rows(), size());
  Vector all(frame_.all());
  for (Index i = 0; i < states.rows(); ++i) {
    measure(frame_.rows, &states(i, 0), all.data());
    for (Index j = 0; j < size(); ++j) {
      const Index c = free_[static_cast<std::size_t>(j)];
      out(i, j) = folded(j, all[c]);
    }
  }
  return out;
}

double InternalMap::folded(Index coordinate, double given) const {
  const Index c = free_[static_cast<std::size_t>(coordinate)];
  return turns(c) ? value(c) + std::remainder(given - value(c), circle) : given;
}

/// Places the atoms; false where the numbers are those of no molecule.
bool InternalMap::build(const double* all, double* state) const {
  const Index atoms = frame_.atoms();
  const double* const bonds = all;
  const double* const angles = all + atoms - 1;
  const double* const torsions = angles + atoms - 2;
  const auto put = [&](Index atom, Point p) {
    state[3 * atom] = p.x;
    state[3 * atom + 1] = p.y;
    state[3 * atom + 2] = p.z;
  };
  for (Index i = 0; i < atoms; ++i) {
    const ZRow& row = frame_.rows[static_cast<std::size_t>(i)];
    if (i == 0) {
      put(row.atom, {});
      continue;
    }
    const double r = bonds[i - 1];
    if (!(r > 0)) return false;
    if (i == 1) {
      put(row.atom, {r, 0, 0});
      continue;
    }
    const double theta = angles[i - 2];
    if (!(theta > 0 && theta < std::numbers::pi)) return false;
    const Point bond = point(state, row.bond), angle = point(state, row.angle);
    // Any point above the x axis serves the third atom as reference for a turn of 0.
    const Point reference = i == 2 ? angle + Point{0, 1, 0} : point(state, row.torsion);
    put(row.atom, placed(reference, angle, bond, r, theta, i == 2 ? 0 : torsions[i - 3]));
  }
  return true;
}

Matrix InternalMap::states_of(const Matrix& coordinates) const {
  ensure(coordinates.cols() == size(), "other coordinates were given to internal coordinates");
  Matrix out(coordinates.rows(), dimension());
  Vector all = fitted_.col(0);
  for (Index i = 0; i < coordinates.rows(); ++i) {
    bool exists = coordinates.row(i).allFinite();
    for (Index j = 0; j < size(); ++j) {
      const Index c = free_[static_cast<std::size_t>(j)];
      all[c] = coordinates(i, j);
      // A torsion that is no circle has one value for each state.
      if (turns(c) && kind(c) == Kind::plain) exists = exists && std::abs(all[c] - value(c)) <= std::numbers::pi;
    }
    if (!exists || !build(all.data(), &out(i, 0))) out.row(i).setConstant(std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

Vector InternalMap::log_volume(const Matrix& states) const {
  ensure(states.cols() == dimension(), "states of another molecule were given to internal coordinates");
  Vector out(states.rows());
  Vector all(frame_.all());
  const Index bonds = frame_.atoms() - 1, angles = frame_.atoms() - 2;
  for (Index i = 0; i < states.rows(); ++i) {
    measure(frame_.rows, &states(i, 0), all.data());
    out[i] = 2 * all.head(bonds).array().log().sum() + all.segment(bonds, angles).array().sin().log().sum();
    if (!frame_.constraints.empty()) out[i] += half_log_det_z(&states(i, 0));
  }
  return out;
}

double InternalMap::half_log_det_z(const double* state) const {
  const auto count = std::ssize(frame_.constraints);
  Matrix z = Matrix::Zero(count, count);
  const auto direction = [&](const Bond& bond) {
    const Point between = point(state, bond.first) - point(state, bond.second);
    return (1 / norm(between)) * between;
  };
  for (Index k = 0; k < count; ++k)
    for (Index l = 0; l <= k; ++l) {
      const Bond& one = frame_.constraints[static_cast<std::size_t>(k)];
      const Bond& other = frame_.constraints[static_cast<std::size_t>(l)];
      for (const auto& [atom, sign] : {std::pair{one.first, 1.0}, std::pair{one.second, -1.0}}) {
        if (atom != other.first && atom != other.second) continue;
        const double both = sign * (atom == other.first ? 1.0 : -1.0);
        z(k, l) += both * dot(direction(one), direction(other)) / frame_.masses[static_cast<std::size_t>(atom)];
      }
      z(l, k) = z(k, l);
    }
  const auto root = cholesky(z);
  return root ? root->diagonal().array().log().sum() : -std::numeric_limits<double>::infinity();
}

}  // namespace liftwell
