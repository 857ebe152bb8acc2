// SPDX-License-Identifier: MIT
#include "liftwell/reporting/event_log.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <thread>
#include <vector>

#include "framework/store/store_support.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

std::vector<nlohmann::json> lines_of(const std::filesystem::path& file) {
  std::vector<nlohmann::json> out;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

}  // namespace

TEST_CASE("each event is a whole line that is on disk at once", "[unit]") {
  const TemporaryFolder folder;
  EventLog log(folder / "events.jsonl");
  log.write("stage_started", {{"stage", "explore"}, {"cycle", 0}});
  log.write("warning", {{"message", "two\nlines, \"quotes\" and a byte \xff that is no text"}});
  const auto lines = lines_of(folder / "events.jsonl");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "stage_started");
  CHECK(lines[0]["stage"] == "explore");
  const std::regex iso("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
  CHECK(std::regex_match(lines[0]["time"].get<std::string>(), iso));
}

TEST_CASE("a line that was cut off is taken away when the log goes on", "[unit]") {
  const TemporaryFolder folder;
  const auto file = folder / "events.jsonl";
  { EventLog(file).write("run_started", {}); }
  SECTION("after whole lines") { std::ofstream(file, std::ios::app) << "{\"time\": \"2023-01-01T00:0"; }
  SECTION("and there is no other") { write_file(file, "{\"ti"); }
  const std::size_t whole = read_file(file).starts_with("{\"ti") && read_file(file).size() < 6 ? 0 : 1;
  { EventLog(file).write("run_resumed", {}); }
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == whole + 1);
  CHECK(lines.back()["event"] == "run_resumed");
}

TEST_CASE("a full disk ends neither the run nor the log's lines", "[unit]") {
  const TemporaryFolder folder;
  EventLog log(folder / "events.jsonl");
  log.write("run_started", {});
  {
    const FileSizeLimit limit(200);
    for (int i = 0; i < 10; ++i) CHECK_NOTHROW(log.write("progress", {{"stage", "explore"}, {"done", i}}));
  }
  log.write("run_ended", {});
  CHECK(lines_of(folder / "events.jsonl").back()["event"] == "run_ended");
}

TEST_CASE("events of several threads do not mix", "[unit]") {
  const TemporaryFolder folder;
  EventLog log(folder / "events.jsonl");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 50; ++i) log.write("progress", {{"stage", std::string(200, 'x')}, {"thread", t}});
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(lines_of(folder / "events.jsonl").size() == 200);
}

TEST_CASE("a log that cannot be opened says why", "[unit]") {
  const TemporaryFolder folder;
  const auto file = folder / "missing" / "events.jsonl";
  CHECK(storage_error([&] { const EventLog log(file); }) ==
        "cannot write " + file.string() + ": No such file or directory");
}
