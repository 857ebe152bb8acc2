// SPDX-License-Identifier: MIT
// The program from outside: exit codes, and what goes to standard output and standard error.
#include <sys/wait.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/scratch_file.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;
using testing::ScratchFolder;

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream out;
  out << stream.rdbuf();
  return out.str();
}

struct Result {
  int code = -1;
  std::string out;
  std::string err;
};

/// `liftwell ARGUMENTS` by the shell, in a folder of its own.
Result run(const ScratchFolder& folder, const std::string& arguments) {
  const std::string command =
      "cd '" + folder.path().string() + "' && '" LIFTWELL_BINARY "' " + arguments + " >out.txt 2>err.txt </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(folder.path() / "out.txt"),
          content(folder.path() / "err.txt")};
}

const std::string broken = "name: broken\npotentials: {p: {type: harmonik}}\nextra: 1\n";

TEST_CASE("the version goes to standard output", "[unit]") {
  const ScratchFolder folder;
  const Result result = run(folder, "--version");
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("liftwell "));
  CHECK(result.err.empty());
}

TEST_CASE("without a verb the usage is shown and the exit code says so", "[unit]") {
  const ScratchFolder folder;
  const Result result = run(folder, "");
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::Contains("validate") && Catch::Contains("describe"));
}

TEST_CASE("wrong verbs, options and arguments are one line with a suggestion", "[unit]") {
  const ScratchFolder folder;
  const Result verb = run(folder, "vaildate x.yaml");
  CHECK(verb.code == 2);
  CHECK_THAT(verb.err,
             Catch::StartsWith("error: there is no verb 'vaildate'") && Catch::Contains("did you mean 'validate'?"));
  CHECK(std::count(verb.err.begin(), verb.err.end(), '\n') == 1);
  const Result option = run(folder, "validate x.yaml --jsn");
  CHECK(option.code == 2);
  CHECK_THAT(option.err, Catch::Contains("'--jsn'; did you mean '--json'?"));
  const Result missing = run(folder, "validate");
  CHECK(missing.code == 2);
  CHECK_THAT(missing.err, Catch::Contains("liftwell validate --help"));
  const Result set = run(folder, "validate x.yaml --set novalue");
  CHECK(set.code == 2);
  CHECK_THAT(set.err, Catch::Contains("must be PATH=VALUE"));
}

TEST_CASE("help for a verb goes to standard output", "[unit]") {
  const ScratchFolder folder;
  const Result result = run(folder, "validate --help");
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Catch::Contains("--set"));
}

TEST_CASE("validate reports every error on standard error and exits 2", "[unit]") {
  const ScratchFolder folder;
  folder.write("broken.yaml", broken);
  const Result result = run(folder, "validate broken.yaml");
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::Contains("error: broken.yaml:2:24: potentials.p.type: is not a type of potential"));
  CHECK_THAT(result.err, Catch::Contains("did you mean 'harmonic'?"));
  CHECK_THAT(result.err, Catch::Contains("error: broken.yaml:3:1: extra: unknown key"));
  CHECK_THAT(result.err, Catch::Contains("pipeline: is required and missing"));
}

TEST_CASE("validate --json gives the same findings as data", "[unit]") {
  const ScratchFolder folder;
  folder.write("broken.yaml", broken);
  const Result result = run(folder, "validate broken.yaml --json");
  CHECK(result.code == 2);
  const auto report = nlohmann::json::parse(result.out);
  CHECK(report["valid"] == false);
  REQUIRE(report["errors"].size() == 3);
  CHECK(report["errors"][1]["line"] == 2);
  CHECK(report["errors"][1]["column"] == 24);
  CHECK(report["errors"][1]["suggestion"] == "harmonic");
}

TEST_CASE("a file that is not there is one line", "[unit]") {
  const ScratchFolder folder;
  const Result result = run(folder, "validate nowhere.yaml");
  CHECK(result.code == 2);
  CHECK(result.err == "error: nowhere.yaml: there is no such file\n");
}

TEST_CASE("list shows families with their components", "[unit]") {
  const ScratchFolder folder;
  const Result all = run(folder, "list");
  CHECK(all.code == 0);
  CHECK_THAT(all.out, Catch::Contains("potential: ") && Catch::Contains("  muller_brown "));
  const Result one = run(folder, "list systems");
  CHECK(one.code == 0);
  CHECK_THAT(one.out, Catch::StartsWith("system: ") && !Catch::Contains("muller_brown"));
  const Result wrong = run(folder, "list potental");
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Catch::Contains("did you mean 'potential'?"));
}

TEST_CASE("describe shows a component's parameters", "[unit]") {
  const ScratchFolder folder;
  const Result full = run(folder, "describe potential/muller_brown");
  CHECK(full.code == 0);
  CHECK_THAT(full.out, Catch::StartsWith("potential/muller_brown: ") && Catch::Contains("Example:"));
  CHECK(run(folder, "describe muller_brown").out == full.out);
  const Result wrong = run(folder, "describe muller_bron");
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Catch::Contains("did you mean 'potential/muller_brown'?"));
}

TEST_CASE("the committed schema and reference pages are current", "[unit]") {
  const ScratchFolder folder;
  REQUIRE(run(folder, "schema --output made").code == 0);
  const fs::path committed = fs::path(LIFTWELL_SOURCE_DIR) / "schemas";
  const fs::path made = folder.path() / "made";
  INFO("run: liftwell schema --output schemas");
  CHECK(content(made / "workflow.schema.json") == content(committed / "workflow.schema.json"));
  std::set<std::string> pages;
  for (const fs::path& root : {made, committed})
    for (const fs::directory_entry& page : fs::directory_iterator(root / "reference"))
      pages.insert(page.path().filename().string());
  CHECK(pages.size() > 10);
  for (const std::string& page : pages) {
    INFO(page);
    CHECK(content(made / "reference" / page) == content(committed / "reference" / page));
  }
}

TEST_CASE("a schema that cannot be written is a storage failure", "[unit]") {
  const ScratchFolder folder;
  folder.write("taken", "a file");
  const Result result = run(folder, "schema --output taken");
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Catch::Contains("cannot be written"));
}

}  // namespace
}  // namespace liftwell
