// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/surface_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered potential obeys the laws of its family", "[unit]") {
  const std::vector<std::string> names = Registry::global().names("potential");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("potential", name);
      REQUIRE(declaration != nullptr);
      const auto potential = build<Potential>(*configure("potential", declaration->example));
      CHECK(contracts::surface_laws(*potential) == contracts::BrokenLaws{});
    }
  }
}
