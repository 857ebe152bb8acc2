// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/dynamics_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered SDE integrator obeys the laws of its family", "[statistics]") {
  const std::vector<std::string> names = Registry::global().names("sde_integrator");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("sde_integrator", name);
      REQUIRE(declaration != nullptr);
      const auto component = build<SdeIntegrator>(*configure("sde_integrator", declaration->example));
      CHECK(contracts::sde_integrator_laws(*component) == contracts::BrokenLaws{});
    }
  }
}
