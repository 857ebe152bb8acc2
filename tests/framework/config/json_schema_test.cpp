// SPDX-License-Identifier: MIT
#include "liftwell/config/json_schema.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "liftwell/config/workflow.hpp"
#include "liftwell/config/yaml_reader.hpp"
#include "support/schema_check.hpp"
#include "support/small_registry.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;
using testing::SchemaCase;

nlohmann::json yaml(const std::string& text) {
  Diagnostics errors;
  const auto node = read_yaml(text, "text", errors);
  for (const Diagnostic& error : errors) UNSCOPED_INFO(error.text());
  REQUIRE((node && errors.empty()));
  return testing::as_json(*node);
}

const std::string sound = R"(
name: sound
systems: {mb: {potential: {type: harmonic, centre: [0]}, temperature: 1}}
coarse_variables: {x: {type: coordinate, index: 0}}
biases: {w: {type: spring, on: x, k: 2}}
pipeline:
  explore: {simulate: mb, steps: 10}
)";

/// The sound workflow with one line added at the top, or with a whole other one.
std::string with(const std::string& line) { return line + sound; }
std::string stage(const std::string& text) {
  return "name: one\nsystems: {mb: {type: engine}}\npipeline: {explore: " + text + "}\n";
}

TEST_CASE("the schema accepts what validate accepts", "[unit]") {
  const std::vector<std::string> texts{
      sound,
      with("units: molecular\nseed: 3\nplugins: [a.so]\nvariables: {n: 1}\ndescription: text\n"),
      with("potentials: {a: {type: double_well, width: 2 nm, barrier: \"1e-4 kcal/mol\"}, b: double_well}\n"),
      with("potentials: {a: {type: mixture, centres: [[0, 1], [2, \"${n}\"]], weights: {left: 0.5}}}\n"),
      with("stop_rules: {done: {type: standard_error, below: .5, of: explore}}\n"),
      "extends: base.yaml\npipeline: {explore: {steps: 4}}\n",
      "extends: base.yaml\nname: a\nsystems: {mb: {temperature: 3}}\n",
      stage("{simulate: {type: engine}, starts: [a@all, b@previous, c], moves: {every: 1e3}}"),
      stage("{simulate: mb, bias: {type: sum, of: [w, {type: spring, on: [x], stiffness: 3}]}}"),
      stage("{prune: 0.5, estimate: mbar, data: explore}"),
      stage("{repeat: {at_most: 3, until: {type: standard_error, below: 1, of: s}}, stages: {s: {simulate: mb}}}"),
      stage("{repeat: {at_most: \"${n}\"}, stages: {s: {simulate: mb}}}"),
      with("sweep: {over: {kT: [1, 2 K], seed: {from: 1, count: 3}}, aggregate: {over: seed}}\n"),
      with("sweep: {over: {policy: {a: {pipeline.explore: {simulate: mb}}, b: {kT: 3}}}, aggregate: [mean]}\n"),
  };
  std::vector<SchemaCase> cases;
  for (const std::string& text : texts) cases.push_back({text, "", yaml(text)});
  CHECK(testing::rejected(workflow_schema(small::registry()), cases).empty());
}

TEST_CASE("the schema rejects broken workflows", "[unit]") {
  const std::vector<std::string> texts{
      "systems: {}\npipeline: {explore: {simulate: mb}}\n",
      "name: a/b\npipeline: {explore: {simulate: mb}}\n",
      "name: a\n",
      "name: a\npipeline: {}\n",
      "extends: base.yaml\nsytems: {}\n",
      with("sytems: {}\n"),
      with("seed: -1\n"),
      with("sweep: {}\n"),
      with("sweep: {over: {kT: [[1]]}}\n"),
      with("sweep: {over: {seed: {from: 1}}}\n"),
      with("sweep: {over: {kT: [1]}, agregate: mean}\n"),
      with("units: imperial\n"),
      with("potentials: [a]\n"),
      with("potentials: {a: {type: harmonik, centre: [0]}}\n"),
      with("potentials: {a: {centre: [0]}}\n"),
      with("potentials: {a: {type: harmonic}}\n"),
      with("potentials: {a: {type: harmonic, centre: [0], stiffnes: 3}}\n"),
      with("potentials: {a: {type: harmonic, centre: [0], stiffness: 0}}\n"),
      with("potentials: {a: {type: harmonic, centre: [0], stiffness: soft}}\n"),
      with("potentials: {a: {type: harmonic, centre: [1 ps]}}\n"),
      with("potentials: {a: {type: double_well, shape: quartik}}\n"),
      with("potentials: {a: {type: double_well, tilted: maybe}}\n"),
      with("potentials: {a: {type: double_well, dimension: 1.5}}\n"),
      with("potentials: {a: {type: mixture, centres: [[0], [1]], weights: [1, 2]}}\n"),
      stage("{simulat: mb}"),
      stage("{simulate: mb, estimate: mbar}"),
      stage("{simulate: mb, steps: 0}"),
      stage("{simulate: mb, stepz: 3}"),
      stage("{simulate: [mb]}"),
      stage("{simulate: mb, starts: a@sometimes}"),
      stage("{simulate: mb, moves: {evry: 3}}"),
      stage("{estimate: mbar, data: a, guess: [b]}"),
      stage("{estimate: mbar}"),
      stage("{repeat: {until: now}, stages: {s: {simulate: mb}}}"),
      stage("{repeat: {at_most: 0}, stages: {s: {simulate: mb}}}"),
      stage("{repeat: {at_most: 2}, stages: {}}"),
      stage("{repeat: {at_most: 2}, stages: {in: {repeat: {at_most: 2}, stages: {s: {simulate: mb}}}}}"),
      "name: a\npipeline: {My Stage: {simulate: mb}}\n",
  };
  std::vector<SchemaCase> cases;
  for (const std::string& text : texts) cases.push_back({std::to_string(cases.size()), "", yaml(text)});
  const auto lines = testing::rejected(workflow_schema(small::registry()), cases);
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  INFO(all);
  CHECK(lines.size() == texts.size());
}

TEST_CASE("every example of a component is accepted by the schema and by the reader", "[unit]") {
  const Registry& registry = Registry::global();
  std::vector<SchemaCase> cases;
  for (const ComponentDeclaration* declaration : registry.all()) {
    const std::string name = declaration->family.name + "/" + declaration->name;
    INFO(name);
    const std::string definition =
        declaration->family.name == "stage" ? "stage" : declaration->family.name + ".in_place";
    cases.push_back({name, definition, yaml(declaration->example)});
    CHECK_NOTHROW(configure(declaration->family.name, declaration->example));
  }
  for (const std::string& line : testing::rejected(workflow_schema(registry), cases)) FAIL_CHECK(line);
}

TEST_CASE("every shipped workflow is accepted by the schema and by the reader", "[unit]") {
  std::vector<SchemaCase> cases;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(LIFTWELL_SOURCE_DIR "/workflows")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    Diagnostics errors;
    const auto node = read_yaml_file(entry.path(), errors);
    REQUIRE(node);
    // Workflows that need a plug-in use components that the committed schema cannot know.
    if (node->find("plugins") != nullptr) continue;
    cases.push_back({entry.path().string(), "", testing::as_json(*node)});
    const WorkflowReading reading = read_workflow(entry.path(), {});
    for (const Diagnostic& error : reading.errors) FAIL_CHECK(error.text());
  }
  CHECK_FALSE(cases.empty());
  for (const std::string& line : testing::rejected(workflow_schema(Registry::global()), cases)) FAIL_CHECK(line);
}

}  // namespace
}  // namespace liftwell
