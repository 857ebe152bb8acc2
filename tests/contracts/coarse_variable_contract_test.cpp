// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/coarse_variable_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered coarse variable obeys the laws of its family", "[unit]") {
  const std::vector<std::string> names = Registry::global().names("coarse_variable");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("coarse_variable", name);
      REQUIRE(declaration != nullptr);
      const auto coarse_variable = build<CoarseVariable>(*configure("coarse_variable", declaration->example));
      CHECK(contracts::coarse_variable_laws(*coarse_variable) == contracts::BrokenLaws{});
    }
  }
}
