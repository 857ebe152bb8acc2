// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/integrator_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered integrator obeys the laws of its family", "[statistics]") {
  const std::vector<std::string> names = Registry::global().names("integrator");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("integrator", name);
      REQUIRE(declaration != nullptr);
      const auto integrator = build<Integrator>(*configure("integrator", declaration->example));
      CHECK(contracts::integrator_laws(*integrator) == contracts::BrokenLaws{});
    }
  }
}
