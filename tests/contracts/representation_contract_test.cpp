// SPDX-License-Identifier: MIT
// The laws of the family, held against every registered component as its own example configures it.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/contracts/representation_laws.hpp"

using namespace liftwell;

TEST_CASE("every registered representation obeys the laws of its family", "[unit]") {
  const std::vector<std::string> names = Registry::global().names("representation");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    DYNAMIC_SECTION(name) {
      const ComponentDeclaration* declaration = Registry::global().find("representation", name);
      REQUIRE(declaration != nullptr);
      const auto representation = build<Representation>(*configure("representation", declaration->example));
      Index dimension = 3;
      while (dimension <= 60 && !representation->misfit(dimension).empty()) ++dimension;
      CHECK(contracts::representation_laws(*representation, dimension) == contracts::BrokenLaws{});
    }
  }
}
