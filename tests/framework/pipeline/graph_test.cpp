// SPDX-License-Identifier: MIT
// What waits for what, and what is found wrong before anything runs.
#include "liftwell/pipeline/graph.hpp"

#include "framework/pipeline/scripted_stages.hpp"

namespace liftwell {
namespace {

using testing::ScratchFolder;
using testing::scripted;
using Edges = std::vector<std::size_t>;
using Catch::Matchers::Contains;

/// The graph of a pipeline that has no faults, with the workflow it points into.
struct Built {
  explicit Built(const std::string& pipeline) : workflow(scripted(folder, pipeline)) {
    Diagnostics errors;
    graph = build_graph(workflow, errors);
    for (const Diagnostic& error : errors) UNSCOPED_INFO(error.text());
    REQUIRE(errors.empty());
  }
  [[nodiscard]] Edges after(const std::string& stage) const {
    REQUIRE(graph.find(stage) >= 0);
    return graph.nodes[static_cast<std::size_t>(graph.find(stage))].after;
  }

  ScratchFolder folder;
  Workflow workflow;
  PipelineGraph graph;
};

/// Messages of a pipeline with faults, "line: path: message (given); …" each.
std::vector<std::string> faults(const std::string& pipeline) {
  const ScratchFolder folder;
  const Workflow workflow = scripted(folder, pipeline);
  std::vector<std::string> out;
  for (Diagnostic fault : check_pipeline(workflow)) {
    fault.location.source = "at";
    out.push_back(fault.text());
  }
  return out;
}

TEST_CASE("typed ports make the edges: a stage waits for what it names, and for nothing else", "[unit]") {
  const Built built(R"(
  first: {probe: 1}
  left: {probe: 1, data: first}
  right: {probe: 1, one: first}
  both: {probe: 1, data: [left, right], one: first}
  apart: {measure: nothing}
  score: {measure: both, data: [both]}
)");
  CHECK(built.after("first").empty());
  CHECK(built.after("left") == Edges{0});
  CHECK(built.after("right") == Edges{0});
  CHECK(built.after("both") == Edges{1, 2, 0});
  CHECK(built.after("apart").empty());
  CHECK(built.after("score") == Edges{3});
  CHECK(built.graph.find("nowhere") == -1);
}

const std::string loop_of_everything = R"(
  explore: {probe: 1}
  loop:
    repeat: {at_most: 3}
    stages:
      centres: {probe: 1, data: [explore, windows@all]}
      windows: {probe: 1, data: [centres, windows@previous], one: late@previous}
      gathered: {probe: 1, data: windows@all}
      late: {probe: 1, data: explore}
  end: {probe: 1, data: [windows, windows@all, explore]}
)";

TEST_CASE("inside a loop @previous makes no edge, and @all only from stages further up", "[unit]") {
  const Built built(loop_of_everything);
  CHECK(built.after("centres").empty());
  CHECK(built.after("windows") == Edges{1});
  CHECK(built.after("gathered") == Edges{2});
}

TEST_CASE("references into and out of a loop are settled by the order of the scopes", "[unit]") {
  const Built built(loop_of_everything);
  REQUIRE(built.graph.loops.size() == 1);
  CHECK(built.graph.nodes[0].loop == -1);
  for (std::size_t i = 1; i <= 4; ++i) CHECK(built.graph.nodes[i].loop == 0);
  CHECK(built.graph.nodes[5].loop == -1);
  CHECK(built.after("late").empty());
  // The stage before the loop is of the same scope as the one after it; those of the loop are not.
  CHECK(built.after("end") == Edges{0});
}

TEST_CASE("a circle of waits is shown with its stages, whatever its length", "[unit]") {
  const auto found = faults(R"(
  a: {probe: 1, data: c}
  b: {probe: 1, data: a}
  c: {probe: 1, data: b}
  d: {probe: 1, data: d}
)");
  REQUIRE(found.size() == 2);
  CHECK(found[0] == "at:5:23: pipeline.a.data: closes a circle: a -> c -> b -> a ('c')");
  CHECK(found[1] ==
        "at:8:23: pipeline.d.data: is the stage itself; use @previous for its output of the cycle before ('d')");
}

TEST_CASE("a reference to a later stage that does not lead back is out of order, not a circle", "[unit]") {
  const auto found = faults("  a: {probe: 1, data: b}\n  b: {probe: 1}\n");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], Contains("pipeline.a.data: comes later in the pipeline; move it up"));
}

TEST_CASE("@all of a later stage and @previous make sense only inside one loop", "[unit]") {
  const auto found = faults(R"(
  before: {probe: 1, data: inner@all}
  lone: {probe: 1, data: before@previous}
  loop:
    repeat: {at_most: 2}
    stages:
      inner: {probe: 1, data: before@previous}
  after: {probe: 1, data: inner@previous}
)");
  REQUIRE(found.size() == 4);
  CHECK_THAT(found[0], Contains("pipeline.before.data: comes later in the pipeline"));
  for (std::size_t i = 1; i < 4; ++i) CHECK_THAT(found[i], Contains("@previous makes sense only between stages of"));
}

TEST_CASE("an artifact of another type is refused with the stages that would fit", "[unit]") {
  const auto found = faults(R"(
  good: {probe: 1}
  score: {measure: it, data: good}
  wrong: {probe: 1, data: [good, score]}
)");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], Contains("is a stage whose output is of type 'diagnostics' where 'targets' is wanted") &&
                           Contains("'score'") && Contains("allowed: good"));
}

TEST_CASE("a stop rule reads measurements of its own loop", "[unit]") {
  const auto with_rule = [](const std::string& stage) {
    return faults(R"(
  before: {measure: nothing}
  loop:
    repeat: {at_most: 3, until: {type: left_below, below: 8, of: )" +
                  stage + R"(}}
    stages:
      inner: {probe: 1}
      score: {measure: inner}
)");
  };
  CHECK(with_rule("score").empty());
  REQUIRE(with_rule("before").size() == 1);
  CHECK_THAT(with_rule("before")[0], Contains("is not a stage of this loop"));
  REQUIRE(with_rule("inner").size() == 1);
  CHECK_THAT(with_rule("inner")[0], Contains("of type 'targets' where 'diagnostics' is wanted"));
  REQUIRE(with_rule("score@previous").size() == 1);
  CHECK_THAT(with_rule("score@previous")[0], Contains("a rule judges the one that has just ended"));
  REQUIRE(with_rule("scores").size() == 1);
  CHECK_THAT(with_rule("scores")[0], Contains("there is no such stage") && Contains("did you mean 'score'?"));
}

TEST_CASE("the dry run carries shapes along all references, those to later stages too", "[unit]") {
  const auto found = faults(R"(
  explore: {probe: 3}
  loop:
    repeat: {at_most: 2}
    stages:
      first: {probe: 3, data: [explore, last@previous]}
      last: {probe: 2}
)");
  REQUIRE(found.size() == 1);
  CHECK(found[0] == "at:9:31: pipeline.loop.stages.first.data: has dimension 2 instead of 3");
  CHECK(faults(loop_of_everything).empty());
}

TEST_CASE("DOT shows stages with their types, loops as boxes, and what crosses cycles dashed", "[unit]") {
  const ScratchFolder folder;
  const std::string dot = graph_dot(scripted(folder, loop_of_everything));
  CHECK_THAT(dot, Catch::StartsWith("digraph \"scripted\" {\n") && Catch::EndsWith("}\n"));
  CHECK_THAT(dot, Contains("    \"explore\" [label=\"explore\\nprobe -> targets\"];\n"));
  const auto box = dot.find("  subgraph cluster_0 {\n    label=\"loop: at most 3 cycles\"");
  REQUIRE(box != std::string::npos);
  const std::string inside = dot.substr(box, dot.find("  }\n", box) - box);
  for (const std::string stage : {"centres", "windows", "gathered", "late"})
    CHECK_THAT(inside, Contains("\"" + stage + "\" [label="));
  CHECK_THAT(inside, !Contains("explore") && !Contains("\"end\""));
  CHECK_THAT(dot, Contains("  \"explore\" -> \"centres\";\n") && Contains("  \"windows\" -> \"end\";\n"));
  CHECK_THAT(dot, Contains("  \"windows\" -> \"windows\" [style=dashed, constraint=false, label=\"@previous\"];\n") &&
                      Contains("  \"windows\" -> \"gathered\" [style=dashed, constraint=false, label=\"@all\"];\n"));
}

}  // namespace
}  // namespace liftwell
