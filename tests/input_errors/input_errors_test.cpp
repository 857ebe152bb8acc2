// SPDX-License-Identifier: MIT
// Every NAME.expected beside this file holds, to the letter, what liftwell says about NAME.yaml (with
// the overrides of NAME.set, one per line): errors first, then warnings. The components are those of
// the small registry, so that messages do not change when liftwell grows.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "liftwell/pipeline/graph.hpp"
#include "support/small_registry.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(LIFTWELL_SOURCE_DIR) / "tests" / "input_errors";

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream out;
  out << stream.rdbuf();
  return out.str();
}

std::vector<std::string> names(const std::string& extension) {
  std::vector<std::string> out;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == extension) out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Override> overrides(const std::string& name) {
  std::vector<Override> out;
  std::ifstream stream(folder / (name + ".set"));
  for (std::string line; std::getline(stream, line);) {
    const std::size_t equals = line.find('=');
    out.push_back({line.substr(0, equals), line.substr(equals + 1)});
  }
  return out;
}

/// Everything said about a workflow, with paths relative to this folder.
std::string findings(const std::string& name) {
  WorkflowReading reading = read_workflow(folder / (name + ".yaml"), overrides(name), small::registry());
  check_pipeline(reading);
  std::string out;
  for (const Diagnostic& error : reading.errors) out += error.text() + "\n";
  for (const Diagnostic& warning : reading.warnings) out += "warning: " + warning.text() + "\n";
  const std::string prefix = folder.string() + "/";
  for (std::size_t at = out.find(prefix); at != std::string::npos; at = out.find(prefix)) out.erase(at, prefix.size());
  return out;
}

TEST_CASE("every broken workflow gets exactly the messages written beside it", "[unit]") {
  const bool rewrite = std::getenv("LIFTWELL_WRITE_EXPECTED") != nullptr;
  for (const std::string& name : names(".yaml")) {
    INFO(name);
    const fs::path expected = folder / (name + ".expected");
    const std::string found = findings(name);
    if (rewrite) std::ofstream(expected, std::ios::binary) << found;
    CHECK(found == content(expected));
    CHECK_FALSE(found.empty());
  }
}

TEST_CASE("every expected message has its workflow", "[unit]") {
  const auto workflows = names(".yaml");
  CHECK(workflows.size() >= 40);
  for (const std::string& name : names(".expected")) CHECK(std::count(workflows.begin(), workflows.end(), name) == 1);
  for (const std::string& name : names(".set")) CHECK(std::count(workflows.begin(), workflows.end(), name) == 1);
}

}  // namespace
}  // namespace liftwell
