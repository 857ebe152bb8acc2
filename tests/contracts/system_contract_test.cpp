// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/system_laws.hpp"
#include "support/modules.hpp"

using namespace liftwell;

TEST_CASE("every registered system obeys the laws of its family", "[unit]") {
  const std::vector<std::string> names = Registry::global().names("system");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("system", name);
      REQUIRE(declaration != nullptr);
      const auto system = build<System>(*configure("system", declaration->example));
      const bool molecule = system->structure().size() > 0;
      if (molecule && !testing::has_module(name)) {
        WARN("not tested: the module '" << name << "' is not in this build");
        continue;
      }
      // Stiffness: with a mobility or mass of about 1, stable at the system's time step and much stiffer than kT.
      const double stiffness = molecule ? 20000 : 0.2 / system->timestep() + 10;
      const auto bias = build<Bias>(*configure(
          "bias", "{type: harmonic, on: {type: coordinate, index: 0}, stiffness: " + std::to_string(stiffness) + "}"));
      const auto broken = molecule ? contracts::system_laws(*system, bias.get(), 0.001, 0.05)
                                   : contracts::system_laws(*system, bias.get());
      CHECK(broken == contracts::BrokenLaws{});
    }
  }
}
