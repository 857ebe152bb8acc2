// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/system_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered system obeys the laws of its family", "[unit]") {
  const std::vector<std::string> names = Registry::global().names("system");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("system", name);
      REQUIRE(declaration != nullptr);
      const auto system = build<System>(*configure("system", declaration->example));
      // Stiffness: with a mobility or mass of about 1, stable at the system's time step and much stiffer than kT.
      const auto bias =
          build<Bias>(*configure("bias", "{type: harmonic, on: {type: coordinate, index: 0}, stiffness: " +
                                             std::to_string(0.2 / system->timestep() + 10) + "}"));
      CHECK(contracts::system_laws(*system, bias.get()) == contracts::BrokenLaws{});
    }
  }
}
