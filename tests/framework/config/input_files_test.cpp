// SPDX-License-Identifier: MIT
// Parameters that are files: where they are looked for, what a run calls its copies, and that the
// resolved workflow is at home beside those.
#include "liftwell/config/input_files.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "support/scratch_file.hpp"
#include "support/small_registry.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;
using testing::ScratchFolder;

Workflow read(const fs::path& file, const std::vector<Override>& overrides = {}) {
  WorkflowReading reading = read_workflow(file, overrides, small::registry());
  for (const Diagnostic& error : reading.errors) UNSCOPED_INFO(error.text());
  REQUIRE(reading.workflow);
  return std::move(*reading.workflow);
}

/// Name of the copy -> contents of the source, of files that parameters name.
std::map<std::string, std::string> kept(const Workflow& workflow) {
  std::map<std::string, std::string> out;
  for (const InputFile& input : workflow.inputs) {
    if (input.kind != InputFile::Kind::parameter) continue;
    std::ifstream stream(input.source);
    out[input.name] = {std::istreambuf_iterator<char>(stream), {}};
  }
  return out;
}

/// The value of systems.m.KEY in the resolved workflow.
std::string resolved(const Workflow& workflow, const std::string& key) {
  const Node* value = workflow.resolved.find("systems")->find("m")->find(key);
  REQUIRE(value != nullptr);
  return value->is_scalar() ? value->text : to_yaml(*value);
}

std::string molecule(const std::string& parameters) {
  return "systems: {m: {type: engine, " + parameters + "}}\npipeline: {explore: {simulate: m}}\n";
}

TEST_CASE("a path is from the file that states it: the workflow, its base, or that of the variable", "[unit]") {
  const ScratchFolder folder;
  folder.write("data/a.csv", "a");
  folder.write("bases/b.csv", "b");
  folder.write("bases/data/a.csv", "a of the base");
  folder.write("bases/base.yaml", "variables: {tables: data/a.csv}\n" + molecule("structure: b.csv"));
  const auto file = folder.write("top.yaml",
                                 "extends: bases/base.yaml\nname: top\n"
                                 "systems: {m: {forces: [data/a.csv, '${tables}']}}\n");
  const Workflow workflow = read(file);
  CHECK(resolved(workflow, "structure") == "inputs/b.csv");
  CHECK(kept(workflow) ==
        std::map<std::string, std::string>{{"a.csv", "a"}, {"a-2.csv", "a of the base"}, {"b.csv", "b"}});
  CHECK(resolved(workflow, "forces") == "[inputs/a.csv, inputs/a-2.csv]\n");
}

TEST_CASE("a path given by --set is from the current folder", "[unit]") {
  const ScratchFolder folder;
  folder.write("here/a.csv", "here");
  folder.write("a.csv", "beside the workflow");
  const auto file = folder.write("w.yaml", "name: w\n" + molecule("structure: a.csv"));
  CHECK(kept(read(file)).at("a.csv") == "beside the workflow");
  const fs::path before = fs::current_path();
  fs::current_path(folder.path() / "here");
  const Workflow workflow = read(file, {{"systems.m.structure", "a.csv"}});
  fs::current_path(before);
  CHECK(kept(workflow).at("a.csv") == "here");
}

TEST_CASE("one file under several names is one copy, also through a link", "[unit]") {
  const ScratchFolder folder;
  folder.write("a.csv", "a");
  fs::create_symlink("a.csv", folder.path() / "link.csv");
  const Workflow workflow =
      read(folder.write("w.yaml", "name: w\n" + molecule("structure: ./a.csv, forces: [a.csv, link.csv]")));
  CHECK(kept(workflow).size() == 1);
  CHECK(resolved(workflow, "forces") == "[inputs/a.csv, inputs/a.csv]\n");
}

TEST_CASE("no copy takes the name of another, whatever kind of file it is", "[unit]") {
  const ScratchFolder folder;
  folder.write("data/w.yaml", "a file for the engine");
  folder.write("bases/w.yaml", molecule("structure: ../data/w.yaml"));
  const Workflow workflow = read(folder.write("w.yaml", "extends: bases/w.yaml\nname: w\n"));
  std::set<std::string> names;
  for (const InputFile& input : workflow.inputs) names.insert(input.name);
  CHECK(names == std::set<std::string>{"w.yaml", "w-2.yaml", "w-3.yaml"});
  // What the resolved workflow refers to comes first, so that it is called the same when read again.
  CHECK(resolved(workflow, "structure") == "inputs/w.yaml");
}

TEST_CASE("the resolved workflow reads back to itself beside the copies, without the originals", "[unit]") {
  const ScratchFolder folder;
  folder.write("one/a.csv", "one");
  folder.write("two/a.csv", "two");
  const Workflow first =
      read(folder.write("w.yaml", "name: w\n" + molecule("structure: two/a.csv, forces: [one/a.csv, two/a.csv]")));
  for (const InputFile& input : first.inputs) {
    fs::create_directories(folder.path() / "run" / inputs_folder);
    fs::copy_file(input.source, folder.path() / "run" / inputs_folder / input.name);
  }
  fs::remove_all(folder.path() / "one");
  fs::remove_all(folder.path() / "two");
  const std::string text = to_yaml(first.resolved);
  const Workflow again = read(folder.write("run/resolved.yaml", text));
  CHECK(to_yaml(again.resolved) == text);
  CHECK(kept(again) == std::map<std::string, std::string>{{"a.csv", "two"}, {"a-2.csv", "one"}});

  // A component that an artifact carries is restored from the folder of the run.
  const std::string carried = to_yaml(again.named.at("system").at("m")->resolved);
  CHECK(to_yaml(configure("system", carried, small::registry(), false, folder.path() / "run")->resolved) == carried);
  CHECK_THROWS_WITH(configure("system", carried, small::registry(), false, folder.path()),
                    Catch::Contains("there is no such file"));
}

}  // namespace
}  // namespace liftwell
