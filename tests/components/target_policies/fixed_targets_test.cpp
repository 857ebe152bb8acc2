// SPDX-License-Identifier: MIT
// Targets that do not depend on data: grid and list.
#include <catch2/catch.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/families/target_policy.hpp"
#include "support/evaluated.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

const std::string x = "{type: coordinate, index: 0}", y = "{type: coordinate, index: 1}";

Targets propose(const std::string& yaml) { return make<TargetPolicy>(yaml)->propose({}); }

}  // namespace

TEST_CASE("A grid holds its upper end when the spacing divides the range", "[unit]") {
  const Targets targets = propose("{type: grid, on: " + x + ", low: -1, high: 1, spacing: 0.1}");
  REQUIRE(targets.values.rows() == 21);
  CHECK(targets.values(20, 0) == Approx(1));
  CHECK(propose("{type: grid, on: " + x + ", low: 0, high: 1, spacing: 0.3}").values.rows() == 4);
  const Targets counted = propose("{type: grid, on: " + x + ", low: 0, high: 1, count: 5}");
  CHECK(counted.values(1, 0) == 0.25);
  CHECK(counted.values(4, 0) == 1);
  // What is 0 but for rounding is 0: -1.8 + 6 x 0.3 is -2e-16.
  CHECK(propose("{type: grid, on: " + x + ", low: -1.8, high: 1.8, count: 13}").values(6, 0) == 0);
  CHECK(propose("{type: grid, on: " + x + ", low: -1.8, high: 1.8, spacing: 0.3}").values(6, 0) == 0);
}

TEST_CASE("A grid in two variables has every combination", "[unit]") {
  const Targets targets =
      propose("{type: grid, on: [" + x + ", " + y + "], low: [0, 10], high: [1, 12], count: [2, 3]}");
  REQUIRE(targets.values.rows() == 6);
  CHECK(targets.values.row(4) == Eigen::RowVector2d(1, 11));
}

TEST_CASE("A list gives its values in order", "[unit]") {
  const Targets targets = propose("{type: list, on: " + x + ", values: [0.5, -0.5]}");
  REQUIRE(targets.values.rows() == 2);
  CHECK(targets.values(1, 0) == -0.5);
  CHECK(propose("{type: list, on: [" + x + ", " + y + "], values: [1, 2, 3, 4]}").values(1, 0) == 3);
}

TEST_CASE("Targets that do not fit their variables are refused", "[unit]") {
  CHECK_THROWS_AS(propose("{type: list, on: [" + x + ", " + y + "], values: [1, 2, 3]}"), InputError);
  CHECK_THROWS_AS(propose("{type: grid, on: " + x + ", low: 0, high: 1}"), InputError);
  CHECK_THROWS_AS(propose("{type: grid, on: " + x + ", low: 0, high: 1, spacing: 0.1, count: 3}"), InputError);
  CHECK_THROWS_AS(propose("{type: grid, on: " + x + ", low: 2, high: 1, count: 3}"), InputError);
}
