// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/dynamics_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered kind of dynamics obeys the laws of its family", "[unit]") {
  const std::vector<std::string> names = Registry::global().names("dynamics");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("dynamics", name);
      REQUIRE(declaration != nullptr);
      const auto component = build<Dynamics>(*configure("dynamics", declaration->example));
      CHECK(contracts::dynamics_laws(*component) == contracts::BrokenLaws{});
    }
  }
}
