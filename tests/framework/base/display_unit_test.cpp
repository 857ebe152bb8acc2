// SPDX-License-Identifier: MIT
#include "liftwell/base/display_unit.hpp"

#include <catch2/catch.hpp>

TEST_CASE("dimensions are written in molecular units, word by word", "[unit]") {
  using liftwell::display_unit;
  CHECK(display_unit("energy") == "kJ/mol");
  CHECK(display_unit("1/time") == "1/ps");
  CHECK(display_unit("energy/length^2") == "kJ/mol/nm^2");
  CHECK(display_unit("kT") == "kT");
  CHECK(display_unit("coarse") == "coarse");
  CHECK(display_unit("sometimes") == "sometimes");
  CHECK(display_unit("").empty());
}
