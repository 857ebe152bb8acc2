// SPDX-License-Identifier: MIT
// What holds for every component of every family, plug-ins included, the moment it is registered.
#include <catch2/catch.hpp>

#include <filesystem>
#include <sstream>

#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/registry.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;

namespace {

/// Copies of the files that an example names, as a run keeps them; tests run in the folder that examples start from.
void copy_inputs(std::string example, const std::filesystem::path& folder) {
  for (char& c : example)
    if (c == ',' || c == '}' || c == '{') c = ' ';
  std::istringstream words(example);
  std::filesystem::create_directories(folder);
  for (std::string word; words >> word;)
    if (const std::filesystem::path file = word; std::filesystem::is_regular_file(file))
      std::filesystem::copy_file(file, folder / file.filename(), std::filesystem::copy_options::overwrite_existing);
}

}  // namespace

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
    const testing::TemporaryFolder run;
    copy_inputs(declaration->example, run / "inputs");
    CHECK(to_yaml(configure(declaration->family.name, resolved, true, run.path())->resolved) == resolved);
  }
}
