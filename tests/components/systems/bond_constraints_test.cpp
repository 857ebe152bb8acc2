// SPDX-License-Identifier: MIT
#include "systems/bond_constraints.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/contracts/laws.hpp"

using namespace liftwell;
using liftwell::contracts::random_states;

namespace {

/// A methyl group whose carbon is bound to another atom, all distances held; and a rigid triangle, as of water.
struct Molecule {
  std::vector<BondConstraint> constraints{{0, 1, 0.109}, {0, 2, 0.109}, {3, 0, 0.109}, {0, 4, 0.152},
                                          {5, 6, 0.1},   {6, 7, 0.16},  {5, 7, 0.1}};
  Vector masses = (Vector(8) << 12, 1, 1, 1, 14, 16, 1, 1).finished();
  BlockBuffer position{24, 8};

  Molecule() {
    const double flat[8][3] = {{0, 0, 0},          {0.109, 0, 0}, {0, 0.109, 0},   {-0.06, -0.06, 0.0689},
                               {0, 0.05, -0.1435}, {1, 1, 1},     {1.06, 1.08, 1}, {0.94, 1.08, 1.02}};
    const BlockBuffer noise = random_states(24, 8, "constraints", 0.01);
    for (Index d = 0; d < 24; ++d) position.block().row(d) = flat[d / 3][d % 3] + noise.block().row(d);
  }
  [[nodiscard]] Vector inverse() const { return masses.cwiseInverse(); }
  [[nodiscard]] double error() const {
    double out = 0;
    for (const auto& [a, b, distance] : constraints)
      for (Index lane = 0; lane < 8; ++lane) {
        double square = 0;
        for (Index d = 0; d < 3; ++d)
          square += std::pow(position.block()(3 * a + d, lane) - position.block()(3 * b + d, lane), 2);
        out = std::max(out, std::abs(std::sqrt(square) / distance - 1));
      }
    return out;
  }
};

}  // namespace

TEST_CASE("positions are brought to the distances that are held, without moving the centre of mass", "[unit]") {
  Molecule molecule;
  const auto momentum = [&](Index d) {
    Eigen::ArrayXd out = Eigen::ArrayXd::Zero(8);
    for (Index atom = 0; atom < 5; ++atom) out += molecule.masses[atom] * molecule.position.block().row(3 * atom + d);
    return out;
  };
  const Eigen::ArrayXd before = momentum(1);
  BondConstraints constraints(molecule.constraints, molecule.inverse());
  CHECK(constraints.largest_cluster() == 4);
  CHECK(molecule.error() > 0.02);
  constraints.set_place({molecule.position.block(), 0});
  constraints.restore({molecule.position.block(), 0}, nullptr, 0);
  CHECK(molecule.error() < 1e-9);
  CHECK((momentum(1) - before).abs().maxCoeff() < 1e-12);
}

TEST_CASE("right distances are left alone to the bit, whatever the other walkers need", "[unit]") {
  Molecule molecule;
  BondConstraints constraints(molecule.constraints, molecule.inverse());
  const PackColumn x(molecule.position.block(), 0);
  constraints.set_place({molecule.position.block(), 0});
  constraints.restore(x, nullptr, 0);
  molecule.position.block()(0, 3) += 0.01;
  const Eigen::ArrayXd before = molecule.position.block().flat();
  constraints.set_place({molecule.position.block(), 0});
  constraints.restore(x, nullptr, 0);
  CHECK(molecule.error() < 1e-9);
  for (Index i = 0; i < before.size(); ++i)
    if (i % 8 != 3) CHECK(molecule.position.block().data()[i] == before[i]);
}

TEST_CASE("projected velocities change no distance and are projected once and for all", "[unit]") {
  Molecule molecule;
  BondConstraints constraints(molecule.constraints, molecule.inverse());
  constraints.set_place({molecule.position.block(), 0});
  constraints.restore({molecule.position.block(), 0}, nullptr, 0);
  constraints.set_place({molecule.position.block(), 0});
  BlockBuffer velocity = random_states(24, 8, "velocities", 1);
  const PackColumn v(velocity.block(), 0);
  const Eigen::ArrayXd given = velocity.block().flat();
  constraints.project(v);
  const auto x = molecule.position.block();
  for (const auto& [a, b, distance] : molecule.constraints) {
    Eigen::ArrayXd along = Eigen::ArrayXd::Zero(8);
    for (Index d = 0; d < 3; ++d)
      along +=
          (x.row(3 * a + d) - x.row(3 * b + d)) * (velocity.block().row(3 * a + d) - velocity.block().row(3 * b + d));
    CHECK(along.abs().maxCoeff() < 1e-12);
  }
  // Orthogonal in the metric of the masses: what was taken has no kinetic energy in common with what is left.
  double common = 0;
  for (Index d = 0; d < 24; ++d)
    common += molecule.masses[d / 3] * velocity.block()(d, 5) * (given[d * 8 + 5] - velocity.block()(d, 5));
  CHECK(std::abs(common) < 1e-12);
  const Eigen::ArrayXd once = velocity.block().flat();
  constraints.project(v);
  CHECK((velocity.block().flat() - once).abs().maxCoeff() < 1e-13);
}

TEST_CASE("a walker whose distances cannot be met is given up, and no other", "[unit]") {
  Molecule molecule;
  BondConstraints constraints(molecule.constraints, molecule.inverse());
  const PackColumn x(molecule.position.block(), 0);
  constraints.set_place({molecule.position.block(), 0});
  constraints.restore(x, nullptr, 0);
  molecule.position.block()(1, 6) = 1e6;
  constraints.restore(x, nullptr, 0);
  CHECK(std::isnan(molecule.position.block()(0, 6)));
  for (const Index lane : {0, 5, 7}) CHECK(std::isfinite(molecule.position.block()(0, lane)));
}
