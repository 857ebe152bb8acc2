// SPDX-License-Identifier: MIT
// The grid of a free energy.
#include <catch2/catch.hpp>

#include "liftwell/families/estimator.hpp"

using namespace liftwell;

TEST_CASE("Cells of a grid share their edges to the last bit and hold their centres", "[unit]") {
  const Grid grid{Vector::Constant(2, -0.7), Vector::Constant(2, 1.1), {7, 3}};
  REQUIRE(grid.cells() == 21);
  const Matrix low = grid.lower_edges(), high = grid.upper_edges(), centres = grid.centres();
  for (Index i = 0; i < grid.cells(); ++i) {
    CHECK(grid.cell(centres.row(i).data()) == i);
    if (i % 3 != 2) CHECK(high(i, 1) == low(i + 1, 1));
    if (i + 3 < grid.cells()) CHECK(high(i, 0) == low(i + 3, 0));
  }
  CHECK(low(0, 0) == -0.7);
  CHECK(high(20, 1) == 1.1);
}

TEST_CASE("Values outside a grid or not a number belong to no cell", "[unit]") {
  const Grid grid{Vector::Zero(1), Vector::Ones(1), {4}};
  for (const double value : {-1e-9, 1.0, 2.0, std::nan("")}) CHECK_FALSE(grid.cell(&value).has_value());
  const double zero = 0, last = std::nextafter(1.0, 0.0);
  CHECK(grid.cell(&zero) == 0);
  CHECK(grid.cell(&last) == 3);
}
