// SPDX-License-Identifier: MIT
#include "liftwell/data/mechanics.hpp"

#include <catch2/catch.hpp>

#include "liftwell/data/pdb.hpp"
#include "support/alanine_dipeptide.hpp"

using namespace liftwell;
using Catch::Matchers::Contains;

TEST_CASE("Fixed distances and masses are held against those that are there", "[unit]") {
  const Topology molecule = parse_pdb(testing::alanine_dipeptide_pdb(), "ala.pdb").topology;
  Mechanics actual{.fixed = {{0, 1}, {6, 7}, {8, 9}}, .masses = Vector(22)};
  for (Index i = 0; i < 22; ++i) actual.masses[i] = molecule[i].element->mass;
  const auto problem = [&](const Mechanics& assumed) { return mechanics_misfit(assumed, actual, molecule); };
  CHECK(problem(actual).empty());
  Mechanics turned = actual;
  turned.fixed = {{9, 8}, {1, 0}, {7, 6}};
  CHECK(problem(turned).empty());
  CHECK(mechanics_misfit(turned, {}, molecule).empty());  // nothing is known

  Mechanics fewer = actual;
  fewer.fixed.pop_back();
  CHECK_THAT(problem(fewer), Contains("leaves the distance of atoms 8 (CA of ALA 2) and 9 (HA of ALA 2) free, which"));
  Mechanics more = actual;
  more.fixed.insert(more.fixed.end(), {{10, 11}, {10, 12}});
  CHECK_THAT(problem(more), Contains("fixes the distance of atoms 10 (CB of ALA 2) and 11 (HB1 of ALA 2) and 1 more"));
  Mechanics heavier = actual;
  heavier.masses[9] *= 1.001;
  CHECK(problem(heavier).empty());  // another table
  heavier.masses[9] = 3;
  CHECK_THAT(problem(heavier), Contains("takes HA of ALA 2 for 3 Da, but it has 1.008 Da in the system"));
  actual.masses[9] = 0;  // it never moves
  CHECK(problem(heavier).empty());
  actual.fixed.clear();
  heavier.fixed.clear();
  heavier.masses[8] = 20;
  CHECK(problem(heavier).empty());  // without constraints the law does not depend on masses
}
