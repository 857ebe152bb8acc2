// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/adaptive_bias_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered adaptive bias obeys the laws of its family", "[unit]") {
  const std::vector<std::string> names = Registry::global().names("adaptive_bias");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("adaptive_bias", name);
      REQUIRE(declaration != nullptr);
      const auto bias = build<AdaptiveBias>(*configure("adaptive_bias", declaration->example));
      CHECK(contracts::adaptive_bias_laws(*bias, 1.0) == contracts::BrokenLaws{});
    }
  }
}
