// SPDX-License-Identifier: MIT
// How a run ends when a stage throws what liftwell does not throw itself.
#include "liftwell/cli/run_session.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Options {
  std::string misbehave;
};

/// A stage such as a careless plug-in might bring.
class Misbehave final : public Stage {
 public:
  explicit Misbehave(const Options& options) : options_(options) {}
  [[nodiscard]] Shape check(CheckContext&) const override { return {}; }
  void run(StageContext& context) const override {
    if (options_.misbehave == "exception") throw std::runtime_error("the plug-in is confused");
    if (options_.misbehave == "file") (void)fs::file_size(context.folder() / "absent");
    if (options_.misbehave == "number") throw 5;
    // The summary cannot be written when the run ends: a folder is in its place.
    fs::remove(context.folder() / "../../../summary.json");
    fs::create_directories(context.folder() / "../../../summary.json/in/the/way");
    throw RunError("the first error");
  }

 private:
  Options options_;
};

/// The message with which a run of that stage ends.
template <class Wanted>
std::string failure_of(const fs::path& folder, const std::string& how) {
  Registry registry;
  registry.add(Declaration<Stage, Options>("misbehave", "Fails.")
                   .reference("Textbook: none.")
                   .parameter("misbehave", &Options::misbehave, unit::none, "In which way.", required())
                   .produces<Findings>()
                   .example("{misbehave: exception}")
                   .creates<Misbehave>());
  write_file(folder / "w.yaml", "name: w\npipeline:\n  bad: {misbehave: " + how + "}\n");
  const WorkflowReading reading = read_workflow(folder / "w.yaml", {}, registry);
  REQUIRE(reading.errors.empty());
  try {
    run_workflow(
        *reading.workflow,
        {.file = folder / "w.yaml", .output = folder / "run", .threads = 1, .quiet = true, .registry = &registry});
  } catch (const Wanted& error) {
    return error.what();
  }
  FAIL("nothing was thrown");
  return {};
}

nlohmann::json summary(const fs::path& folder) {
  return nlohmann::json::parse(read_file(folder / "run" / "summary.json"));
}

}  // namespace

TEST_CASE("an exception of another kind ends the run as failed, with its stage", "[unit]") {
  const TemporaryFolder folder;
  const std::string how = GENERATE("exception", "number");
  const std::string message = failure_of<InternalError>(folder.path(), how);
  CHECK_THAT(message, Contains("stage bad: internal error: ") && Contains("please report"));
  if (how == "exception") CHECK_THAT(message, Contains("the plug-in is confused"));
  CHECK(summary(folder.path())["status"] == "failed");
  CHECK(summary(folder.path())["message"] == message);
}

TEST_CASE("a failure of the standard library's file functions is one of the storage", "[unit]") {
  const TemporaryFolder folder;
  const std::string message = failure_of<StorageError>(folder.path(), "file");
  CHECK_THAT(message, Contains("stage bad: cannot use") && Contains("absent: no such file or directory") &&
                          Contains("go on with: liftwell resume " + (folder / "run").string()));
  CHECK(summary(folder.path())["status"] == "failed");
}

TEST_CASE("a summary that cannot be written does not hide why the run failed", "[unit]") {
  const TemporaryFolder folder;
  CHECK(failure_of<RunError>(folder.path(), "block") == "stage bad: the first error");
}
