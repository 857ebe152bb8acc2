// SPDX-License-Identifier: MIT
// What the engine gives a stage and keeps of what it says.
#include "liftwell/pipeline/running_stage.hpp"

#include "framework/pipeline/rehearsal.hpp"

namespace liftwell {
namespace {

using testing::Rehearsal;
using testing::scripts;

TEST_CASE("a record holds what the stage said, and comes before the output has its name", "[unit]") {
  Rehearsal rehearsal("  only: {probe: 1}\n");
  scripts()["only"] = [](StageContext& context) {
    context.counts().force_evaluations = 12;
    context.warn("mind this");
    context.facts()["walkers"] = 3;
    context.progress(1, 2, "step");
  };
  rehearsal.observer.on_finish = [&] { CHECK_FALSE(std::filesystem::exists(rehearsal.output("only"))); };
  rehearsal.play();
  const auto records = rehearsal.observer.records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].verb == "probe");
  CHECK(records[0].artifact == "targets");
  CHECK(records[0].folder == rehearsal.output("only"));
  CHECK(records[0].counts.force_evaluations == 12);
  CHECK(records[0].warnings == std::vector<std::string>{"mind this"});
  CHECK(records[0].facts["walkers"] == 3);
}

TEST_CASE("a warning is told when it is given, whether or not the stage comes to an end", "[unit]") {
  Rehearsal rehearsal("  only: {probe: 1}\n");
  scripts()["only"] = [](StageContext& context) {
    context.warn("mind this");
    throw RunError("and it failed");
  };
  CHECK_THROWS_AS(rehearsal.play(), RunError);
  CHECK(rehearsal.observer.log() == std::vector<std::string>{"start only.0", "warn only.0"});
}

TEST_CASE("a stage's random numbers belong to its name, its cycle and the purpose", "[unit]") {
  Rehearsal rehearsal("  loop:\n    repeat: {at_most: 2}\n    stages: {one: {probe: 1}, two: {probe: 1}}\n");
  std::vector<RandomStream> streams;
  scripts()["one"] = scripts()["two"] = [&](StageContext& context) { streams.push_back(context.stream("noise")); };
  rehearsal.play();
  REQUIRE(streams.size() == 4);
  const auto is = [](const RandomStream& stream, const RandomStream& other) {
    return stream.key == other.key && stream.cycle == other.cycle;
  };
  CHECK(is(streams[0], RandomStream::named(5, {"one", "noise"}, 1)));
  CHECK(is(streams[1], RandomStream::named(5, {"two", "noise"}, 1)));
  CHECK(is(streams[2], RandomStream::named(5, {"one", "noise"}, 2)));
}

}  // namespace
}  // namespace liftwell
