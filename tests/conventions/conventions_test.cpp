// SPDX-License-Identifier: MIT
// The project's own rules: they hold for this tree, and each can fail.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "conventions/rules.hpp"
#include "liftwell/registry/registry.hpp"

namespace {

namespace fs = std::filesystem;
using namespace liftwell;
using namespace liftwell::conventions;

/// A folder with a few files, removed at the end.
class FakeTree {
 public:
  explicit FakeTree(const std::map<std::string, std::string>& files) {
    root_ = fs::temp_directory_path() / "liftwell-conventions-XXXXXX";
    std::string name = root_.string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
    for (const auto& [path, text] : files) {
      fs::create_directories((root_ / path).parent_path());
      std::ofstream(root_ / path) << text;
    }
  }
  ~FakeTree() { fs::remove_all(root_); }
  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;
  [[nodiscard]] const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

const Rule& rule_named(const std::string& id) {
  const auto found = std::find_if(rules().begin(), rules().end(), [&](const Rule& rule) { return rule.id == id; });
  REQUIRE(found != rules().end());
  return *found;
}

struct Case {
  std::string rule;
  std::map<std::string, std::string> bad;
  std::string where;
  std::map<std::string, std::string> good;
};

const std::string head = "// SPDX-License-Identifier: MIT\n";

std::map<std::string, std::string> all_readmes() {
  std::map<std::string, std::string> files;
  for (const char* folder : {"", "framework/", "components/", "workflows/", "schemas/", "tests/"})
    files[std::string(folder) + "README.md"] = "text";
  return files;
}

std::vector<Case> cases() {
  std::map<std::string, std::string> readme_missing = all_readmes();
  readme_missing.erase("schemas/README.md");
  std::string long_file;
  for (int line = 0; line < 451; ++line) long_file += "// line\n";
  return {
      {"licence-head", {{"tests/a_test.cpp", "int a;\n"}}, "tests/a_test.cpp", {{"tests/a_test.cpp", head}}},
      {"short-files", {{"framework/base/a.cpp", long_file}}, "framework/base/a.cpp", {{"framework/base/a.cpp", head}}},
      {"no-using-in-headers",
       {{"framework/base/a.hpp", head + "using namespace std;\n"}},
       "framework/base/a.hpp:2",
       {{"framework/base/a.cpp", "using namespace std;\n"}}},
      {"layer-order",
       {{"framework/data/liftwell/data/a.hpp", "#include \"liftwell/store/b.hpp\"\n"}},
       "framework/data/liftwell/data/a.hpp:1",
       {{"framework/data/liftwell/data/a.hpp", "#include \"liftwell/base/b.hpp\"\n"}}},
      {"framework-knows-no-component",
       {{"framework/base/a.cpp", "#include \"components/potentials/b.hpp\"\n"}},
       "framework/base/a.cpp:1",
       {{"framework/base/a.cpp", "// components are not known here\n"}}},
      {"family-isolation",
       {{"components/biases/a.cpp", "#include \"../potentials/b.hpp\"\n"}, {"components/potentials/b.hpp", ""}},
       "components/biases/a.cpp:1",
       {{"components/biases/a.cpp", "#include \"b.hpp\"\n#include \"liftwell/data/c.hpp\"\n"},
        {"components/biases/b.hpp", ""}}},
      {"one-component-one-file",
       {{"components/biases/a.cpp", "LIFTWELL_COMPONENT(b) {\n"}},
       "components/biases/a.cpp:1",
       {{"components/biases/a.cpp", "LIFTWELL_COMPONENT(a) {\n"}}},
      {"readmes", readme_missing, "schemas", all_readmes()},
      {"workflows-are-listed",
       {{"workflows/a.yaml", ""}, {"workflows/README.md", "b.yaml"}},
       "workflows/a.yaml",
       {{"workflows/a.yaml", ""}, {"workflows/README.md", "`a.yaml` shows everything"}}},
      {"tests-have-a-level",
       {{"tests/a_test.cpp",
         "TEST_"
         "CASE(\"it works\", \"[slow]\") {}\n"}},
       "tests/a_test.cpp:1",
       {{"tests/a_test.cpp",
         "TEST_"
         "CASE(\"it works\", \"[unit]\") {}\n"}}},
      {"component-is-tested",
       {{"components/biases/wall.cpp", "LIFTWELL_COMPONENT(wall) {\n"}, {"tests/a_test.cpp", "{type: wallpaper}"}},
       "components/biases/wall.cpp:1",
       {{"components/biases/wall.cpp", "LIFTWELL_COMPONENT(wall) {\n"}, {"tests/a_test.cpp", "{type: wall}"}}},
      {"one-type-one-name",
       {{"framework/base/a.hpp", "struct Axis {\n};\n"}, {"components/b/b.hpp", "class Axis final : public X {\n"}},
       "components/b/b.hpp:1",
       {{"framework/base/a.hpp", "struct Axis {\n};\n"}, {"components/b/b.hpp", "struct Axis;\nclass Axes {\n"}}},
      {"nothing-unfinished",
       {{"framework/base/a.cpp", std::string("int a;  // TO") + "DO later\n"}},
       "framework/base/a.cpp:1",
       {{"framework/base/a.cpp", "int a;  // the first letter\n"}}},
  };
}

}  // namespace

TEST_CASE("The source tree keeps every rule of the project", "[unit]") {
  for (const Rule& rule : rules()) {
    const std::string faults = report(rule, rule.check(LIFTWELL_SOURCE_DIR));
    INFO(faults);
    CHECK(faults.empty());
  }
}

TEST_CASE("Every rule finds what it forbids and accepts what it allows", "[unit]") {
  const std::vector<Case> all = cases();
  for (const Rule& rule : rules()) {
    INFO(rule.id);
    CHECK(std::any_of(all.begin(), all.end(), [&](const Case& example) { return example.rule == rule.id; }));
  }
  for (const Case& example : all) {
    INFO(example.rule);
    const Rule& rule = rule_named(example.rule);
    const FakeTree bad(example.bad);
    const Findings findings = rule.check(bad.root());
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().where == example.where);
    CHECK(report(rule, findings).find(rule.reason) != std::string::npos);
    const FakeTree good(example.good);
    INFO(report(rule, rule.check(good.root())));
    CHECK(rule.check(good.root()).empty());
  }
}

TEST_CASE("Every component's declaration is complete", "[unit]") {
  const auto all = Registry::global().all();
  REQUIRE(all.size() > 10);
  for (const ComponentDeclaration* declaration : all) {
    INFO(declaration->family.name << "/" << declaration->name);
    CHECK(declaration_faults(*declaration).empty());
    CHECK_FALSE(declaration->reference.empty());
    CHECK_FALSE(declaration->example.empty());
  }
}

TEST_CASE("Every component in the tree is registered, under the name of its file", "[unit]") {
  // The folder is the family's section of the workflow, or its name where it has none.
  std::vector<std::string> registered;
  for (const ComponentDeclaration* declaration : Registry::global().all()) {
    const fs::path file = declaration->file;
    if (file.string().find("/components/") == std::string::npos) continue;  // made by a test
    INFO(declaration->family.name << "/" << declaration->name << " in " << file);
    CHECK(file.stem() == declaration->name);
    registered.push_back(file.parent_path().filename().string() + "/" + declaration->name);
  }
  std::sort(registered.begin(), registered.end());
  CHECK(registered == component_lines(LIFTWELL_SOURCE_DIR));
}
