// SPDX-License-Identifier: MIT
// How a pipeline runs: order, failures, loops, and what is left on disk. No test measures time: stages
// that must meet wait for each other, and give up only after a time that a working engine never needs.
#include "liftwell/pipeline/engine.hpp"

#include <condition_variable>
#include <mutex>
#include <new>

#include "framework/pipeline/rehearsal.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using testing::Rehearsal;
using testing::scripts;
using Log = std::vector<std::string>;

/// Holds everyone who comes until `count` have come.
class MeetingPoint {
 public:
  explicit MeetingPoint(int count) : missing_(count) {}
  /// False when the others did not come.
  bool arrive() {
    std::unique_lock lock(mutex_);
    if (--missing_ == 0) changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return missing_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int missing_;
};

const std::string diamond = R"(
  first: {probe: 1}
  left: {probe: 1, data: first}
  right: {probe: 1, data: first}
  both: {probe: 1, data: [right, left]}
)";

TEST_CASE("independent stages run at the same time when there are threads for them", "[unit]") {
  Rehearsal rehearsal(diamond, 2);
  MeetingPoint meeting(2);
  std::atomic<int> met{0};
  scripts()["left"] = scripts()["right"] = [&](StageContext&) { met += meeting.arrive() ? 1 : 0; };
  rehearsal.play();
  CHECK(met == 2);
  const Log log = rehearsal.observer.log();
  REQUIRE(log.size() == 8);
  CHECK(Log(log.begin(), log.begin() + 2) == Log{"start first.0", "finish first.0"});
  CHECK(Log(log.end() - 2, log.end()) == Log{"start both.0", "finish both.0"});
  CHECK(rehearsal.note("both") == "both.0 <- right.0 left.0");
}

TEST_CASE("one thread runs one stage at a time, in the order of the file", "[unit]") {
  Rehearsal rehearsal(diamond);
  rehearsal.play();
  CHECK(rehearsal.observer.log() == Log{"start first.0", "finish first.0", "start left.0", "finish left.0",
                                        "start right.0", "finish right.0", "start both.0", "finish both.0"});
}

TEST_CASE("what needs a failed stage does not start, and what was running is finished and kept", "[unit]") {
  Rehearsal rehearsal(diamond + "  apart: {probe: 1, data: both}\n", 2);
  MeetingPoint meeting(2);
  scripts()["left"] = [&](StageContext&) {
    meeting.arrive();
    throw RunError("the walker is lost");
  };
  scripts()["right"] = [&](StageContext&) { meeting.arrive(); };
  CHECK_THROWS_WITH(rehearsal.play(), "stage left: the walker is lost");
  CHECK(fs::exists(rehearsal.output("first")));
  CHECK(fs::exists(rehearsal.output("right")));
  CHECK_FALSE(fs::exists(rehearsal.output("left")));
  CHECK(fs::exists(rehearsal.partial("left")));
  for (const std::string& entry : rehearsal.observer.log()) CHECK_THAT(entry, !Contains("both") && !Contains("apart"));

  scripts().clear();
  rehearsal.play();
  const Log log = rehearsal.observer.log();
  CHECK(std::count(log.begin(), log.end(), "reuse right.0") == 1);
  CHECK(std::count(log.begin(), log.end(), "start left.0") == 1);
  CHECK(rehearsal.note("both") == "both.0 <- right.0 left.0");
}

TEST_CASE("a failure that concerns the whole run lets nothing new begin", "[unit]") {
  Rehearsal rehearsal("  one: {probe: 1}\n  two: {probe: 1}\n  three: {probe: 1}\n");
  scripts()["two"] = [](StageContext&) { throw StorageError("the disk is full"); };
  CHECK_THROWS_WITH(rehearsal.play(), "stage two: the disk is full");
  CHECK(rehearsal.observer.log() == Log{"start one.0", "finish one.0", "start two.0"});
}

TEST_CASE("what does not need a failed stage still runs, then the error is reported", "[unit]") {
  Rehearsal rehearsal(diamond + "  apart: {probe: 1, data: left}\n  last: {probe: 1, data: both}\n");
  scripts()["apart"] = [](StageContext&) { throw InputError("no frame is left"); };
  scripts()["last"] = [](StageContext&) { throw std::bad_alloc(); };
  CHECK_THROWS_WITH(rehearsal.play(), Catch::StartsWith("stage apart: no frame is left"));
  const Log log = rehearsal.observer.log();
  CHECK(std::count(log.begin(), log.end(), "fail apart.0") == 1);
  CHECK(std::count(log.begin(), log.end(), "finish both.0") == 1);
  CHECK(std::count(log.begin(), log.end(), "fail last.0") == 0);  // nothing was left to go on
  CHECK_FALSE(fs::exists(rehearsal.output("apart")));

  scripts().clear();
  rehearsal.play();
  CHECK(fs::exists(rehearsal.output("apart")));
  CHECK(fs::exists(rehearsal.output("last")));
}

TEST_CASE("a branch of stages goes on when another fails at its root", "[unit]") {
  Rehearsal rehearsal("  bad: {probe: 1}\n  of_bad: {probe: 1, data: bad}\n" + diamond.substr(1));
  scripts()["bad"] = [](StageContext&) { throw RunError("lost"); };
  CHECK_THROWS_WITH(rehearsal.play(), "stage bad: lost");
  const Log log = rehearsal.observer.log();
  CHECK(std::count(log.begin(), log.end(), "fail bad.0") == 1);
  CHECK(std::count(log.begin(), log.end(), "start of_bad.0") == 0);
  CHECK(fs::exists(rehearsal.output("both")));
}

TEST_CASE("of several failures the first in the file is reported", "[unit]") {
  Rehearsal rehearsal("  one: {probe: 1}\n  two: {probe: 1}\n", 2);
  MeetingPoint meeting(2);
  for (const std::string stage : {"one", "two"})
    scripts()[stage] = [&, stage](StageContext&) {
      meeting.arrive();
      throw RunError("fault of " + stage);
    };
  CHECK_THROWS_WITH(rehearsal.play(), "stage one: fault of one");
}

std::string loop_until(double below) {
  return fmt::format(R"(
  explore: {{probe: 1}}
  loop:
    repeat: {{at_most: 4, until: {{type: left_below, below: {}, of: score}}}}
    stages:
      centres: {{probe: 1, data: [explore, windows@all]}}
      windows: {{probe: 1, data: centres, one: windows@previous}}
      score: {{measure: windows, data: windows@all}}
  end: {{probe: 1, data: [windows@all], one: windows}}
)",
                     below);
}

TEST_CASE("a loop ends when its rule holds, and references mean the cycles that were run", "[unit]") {
  Rehearsal rehearsal(loop_until(7.5));
  const auto outcomes = rehearsal.play();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].loop == "loop");
  CHECK(outcomes[0].cycles == 3);
  CHECK(outcomes[0].converged);
  CHECK(outcomes[0].reason == "left is 7");
  CHECK(outcomes[0].rule == "left_below");
  CHECK(rehearsal.observer.cycles() ==
        Log{"loop 1 goes on: left is 9", "loop 2 goes on: left is 8", "loop 3 ends: left is 7"});
  CHECK(rehearsal.note("centres", 1) == "centres.1 <- explore.0");
  CHECK(rehearsal.note("centres", 3) == "centres.3 <- explore.0 windows.1 windows.2");
  CHECK(rehearsal.note("windows", 1) == "windows.1 <- centres.1");
  CHECK(rehearsal.note("windows", 3) == "windows.3 <- centres.3 windows.2");
  CHECK(rehearsal.note("end") == "end.0 <- windows.1 windows.2 windows.3 windows.3");
  CHECK_FALSE(fs::exists(rehearsal.output("windows", 4)));
}

TEST_CASE("a loop whose rule never holds ends after its most cycles, not converged", "[unit]") {
  Rehearsal rehearsal(loop_until(-1));
  const auto outcomes = rehearsal.play();
  CHECK(outcomes[0].cycles == 4);
  CHECK_FALSE(outcomes[0].converged);
  CHECK(outcomes[0].reason == "left is 6");
  CHECK(outcomes[0].rule.empty());
  CHECK(rehearsal.observer.cycles().back() == "loop 4 goes on: left is 6");
  CHECK(rehearsal.note("end").ends_with("windows.4"));
}

TEST_CASE("a rule sees the cycle before, also when the run was interrupted between the two", "[unit]") {
  const std::string pipeline = R"(
  loop:
    repeat: {at_most: 5, until: {type: left_below, below: 0, fallen_by: 1, of: score}}
    stages:
      score: {measure: cycle}
)";
  Rehearsal rehearsal(pipeline);
  const auto outcomes = rehearsal.play();
  CHECK(outcomes[0].cycles == 2);
  CHECK(rehearsal.observer.cycles() == Log{"loop 1 goes on: left is 9", "loop 2 ends: left is 8, before 9"});

  Rehearsal again(pipeline);
  scripts()["score"] = [](StageContext& context) {
    if (context.cycle() == 2) throw RunError("the machine went down");
  };
  CHECK_THROWS_AS(again.play(), RunError);
  scripts().clear();
  CHECK(again.play()[0].cycles == 2);
  CHECK(again.observer.cycles() == Log{"loop 1 goes on: left is 9", "loop 2 ends: left is 8, before 9"});
}

TEST_CASE("a loop without a rule runs all its cycles and counts as converged", "[unit]") {
  Rehearsal rehearsal("  loop:\n    repeat: {at_most: 2}\n    stages: {inner: {probe: 1}}\n");
  const auto outcomes = rehearsal.play();
  CHECK(outcomes[0].cycles == 2);
  CHECK(outcomes[0].converged);
  CHECK(rehearsal.observer.cycles() == Log{"loop 1 goes on: ran its 2 cycles", "loop 2 ends: ran its 2 cycles"});
}

TEST_CASE("a failure inside a loop says in which cycle", "[unit]") {
  Rehearsal rehearsal(loop_until(7.5));
  scripts()["windows"] = [](StageContext& context) {
    if (context.cycle() == 2) throw RunError("diverged");
  };
  CHECK_THROWS_WITH(rehearsal.play(), "cycle 2: stage windows: diverged");
}

TEST_CASE("a second run finds everything finished and decides as the first one did", "[unit]") {
  Rehearsal rehearsal(loop_until(7.5));
  const auto first = rehearsal.play();
  const auto finished = Manifest::open(rehearsal.run()).artifacts();
  scripts()["end"] = scripts()["score"] = [](StageContext&) { FAIL("a finished stage was run again"); };
  const auto second = rehearsal.play();
  CHECK(second[0].cycles == first[0].cycles);
  CHECK(second[0].reason == first[0].reason);
  CHECK(rehearsal.observer.cycles().size() == 3);
  const Log log = rehearsal.observer.log();
  REQUIRE(log.size() == 11);
  for (const std::string& entry : log) CHECK_THAT(entry, Catch::StartsWith("reuse "));
  CHECK(Manifest::open(rehearsal.run()).artifacts() == finished);
}

TEST_CASE("what a failed attempt left in its folder is there for the next one", "[unit]") {
  Rehearsal rehearsal("  long: {probe: 1}\n");
  scripts()["long"] = [](StageContext& context) {
    write_file(context.folder() / "segment", "half of the work");
    throw RunError("killed");
  };
  CHECK_THROWS_AS(rehearsal.play(), RunError);
  std::string found;
  scripts()["long"] = [&](StageContext& context) { found = read_file(context.folder() / "segment"); };
  rehearsal.play();
  CHECK(found == "half of the work");
  CHECK_FALSE(fs::exists(rehearsal.partial("long")));
  CHECK(fs::exists(rehearsal.output("long") / "segment"));
  CHECK(Manifest::open(rehearsal.run()).artifacts().contains("artifacts/000-cycle/long/segment"));
}

TEST_CASE("a stop asked for beforehand starts nothing", "[unit]") {
  Rehearsal rehearsal(diamond, 2);
  rehearsal.stop = true;
  CHECK_THROWS_AS(rehearsal.play(), Interrupted);
  CHECK(rehearsal.observer.log().empty());
}

TEST_CASE("a stop lets the stage in flight save itself or finish, and the run goes on later", "[unit]") {
  Rehearsal rehearsal(diamond);
  bool saves = GENERATE(true, false);
  scripts()["left"] = [&](StageContext& context) {
    CHECK_FALSE(context.stop_requested());
    rehearsal.stop = true;
    CHECK(context.stop_requested());
    write_file(context.folder() / "state", "saved");
    if (saves) context.interrupted();
  };
  CHECK_THROWS_AS(rehearsal.play(), Interrupted);
  CHECK(rehearsal.observer.log().back() == (saves ? "start left.0" : "finish left.0"));
  CHECK(fs::exists(rehearsal.partial("left") / "state") == saves);
  CHECK(fs::exists(rehearsal.output("left") / "state") != saves);

  rehearsal.stop = false;
  scripts().clear();
  rehearsal.play();
  CHECK(rehearsal.observer.log().back() == "finish both.0");
  CHECK(fs::exists(rehearsal.output("left") / "state"));
}

TEST_CASE("the manifest has the hash of each artifact under its final name", "[unit]") {
  Rehearsal rehearsal(loop_until(8.5));
  rehearsal.play();
  const Manifest manifest = Manifest::open(rehearsal.run());
  const auto artifacts = manifest.artifacts();
  CHECK(artifacts.size() == 8);  // explore, two cycles of three stages, end
  for (const std::string name : {"000-cycle/explore/targets.h5", "001-cycle/windows/targets.h5",
                                 "002-cycle/score/diagnostics.h5", "000-cycle/end/targets.h5"}) {
    const std::string path = "artifacts/" + name;
    INFO(path);
    REQUIRE(artifacts.contains(path));
    CHECK(artifacts.at(path) == sha256_of(rehearsal.run() / path));
  }
  CHECK(manifest.verify().empty());
}

}  // namespace
}  // namespace liftwell
