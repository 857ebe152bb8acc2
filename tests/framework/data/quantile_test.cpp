// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "liftwell/data/quantile.hpp"

TEST_CASE("A quantile is linear between neighbours", "[unit]") {
  const std::vector<double> sorted{1, 2, 4, 8, 16};
  CHECK(liftwell::quantile(sorted, 0) == 1);
  CHECK(liftwell::quantile(sorted, 0.5) == 4);
  CHECK(liftwell::quantile(sorted, 0.625) == 6);
  CHECK(liftwell::quantile(sorted, 1) == 16);
  CHECK(liftwell::quantile({3}, 0.7) == 3);
}
