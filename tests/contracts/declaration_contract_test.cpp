// SPDX-License-Identifier: MIT
// What holds for every component of every family, plug-ins included, the moment it is registered.
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/registry.hpp"

using namespace liftwell;

TEST_CASE("Every component is built from its own example, again and again", "[unit]") {
  for (const ComponentDeclaration* declaration : Registry::global().all()) {
    INFO(declaration->family.name << "/" << declaration->name << ": " << declaration->example);
    const auto configured = configure(declaration->family.name, declaration->example);
    REQUIRE(configured != nullptr);
    CHECK(configured->declaration == declaration);
    if (!declaration->module.empty()) continue;  // its implementation may not be in this build
    for (int time = 0; time < 2; ++time) {
      void* const component = declaration->create(configured->options);
      CHECK(component != nullptr);
      declaration->destroy(component);
    }
  }
}

TEST_CASE("Every component's resolved form reads back to itself", "[unit]") {
  for (const ComponentDeclaration* declaration : Registry::global().all()) {
    INFO(declaration->family.name << "/" << declaration->name << ": " << declaration->example);
    const std::string resolved = to_yaml(configure(declaration->family.name, declaration->example)->resolved);
    CHECK(to_yaml(configure(declaration->family.name, resolved)->resolved) == resolved);
  }
}
