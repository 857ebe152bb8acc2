// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/estimator_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered estimator obeys the laws of its family", "[statistics]") {
  // 20 comparisons at 5 standard errors and one fixed seed. Fails for both estimators with kT left out.
  const std::vector<std::string> names = Registry::global().names("estimator");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("estimator", name);
      REQUIRE(declaration != nullptr);
      const auto estimator = build<Estimator>(*configure("estimator", declaration->example));
      CHECK(contracts::estimator_laws(*estimator) == contracts::BrokenLaws{});
    }
  }
}
