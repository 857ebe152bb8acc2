// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/bias_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered bias obeys the laws of its family", "[unit]") {
  const std::vector<std::string> names = Registry::global().names("bias");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("bias", name);
      REQUIRE(declaration != nullptr);
      const auto bias = build<Bias>(*configure("bias", declaration->example));
      CHECK(contracts::bias_laws(*bias) == contracts::BrokenLaws{});
    }
  }
}
