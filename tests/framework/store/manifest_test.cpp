// SPDX-License-Identifier: MIT
#include "liftwell/store/manifest.hpp"

#include <nlohmann/json.hpp>
#include <thread>

#include "framework/store/store_support.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;

namespace {

Provenance example() {
  return {{{"liftwell", "0.1.0"}}, 0xffffffffffffffffULL, "host", 2, "liftwell run a.yaml --set 'x=\xff'",
          "2023-01-01T00:00:00Z"};
}

/// artifacts/000-cycle/STAGE with two files and what a killed write left.
fs::path example_artifact(const TemporaryFolder& run, const std::string& stage) {
  const fs::path folder = run.path() / "artifacts" / "000-cycle" / stage;
  fs::create_directories(folder / "parts");
  write_file(folder / "main.h5", stage);
  write_file(folder / "parts" / "one.h5", "abc");
  write_file(folder / "half.h5.tmp", "ab");
  return folder;
}

}  // namespace

TEST_CASE("a manifest holds provenance and fingerprints, by paths inside the run", "[unit]") {
  const TemporaryFolder run;
  Manifest manifest = Manifest::create(run.path(), example());
  manifest.record(example_artifact(run, "explore"));
  const auto json = nlohmann::json::parse(read_file(run / "manifest.json"));
  CHECK(json["versions"]["liftwell"] == "0.1.0");
  CHECK(json["seed"] == 0xffffffffffffffffULL);
  CHECK(json["threads"] == 2);
  CHECK(json["artifacts"].size() == 2);
  CHECK(json["artifacts"]["artifacts/000-cycle/explore/parts/one.h5"] ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_THAT(json.dump(), !Contains(run.path().string()));

  const Manifest again = Manifest::open(run.path());
  CHECK(again.artifacts() == manifest.artifacts());
  CHECK(again.provenance().seed == 0xffffffffffffffffULL);
  CHECK(again.provenance().started == "2023-01-01T00:00:00Z");
}

TEST_CASE("a moved run folder still fits its manifest", "[unit]") {
  const TemporaryFolder place;
  const fs::path first = place / "first";
  fs::create_directories(first / "artifacts" / "a");
  write_file(first / "artifacts" / "a" / "x.h5", "1");
  Manifest::create(first, example()).record(first / "artifacts" / "a");
  fs::rename(first, place / "second");
  CHECK(Manifest::open(place / "second").verify().empty());
}

TEST_CASE("missing and changed files are found", "[unit]") {
  const TemporaryFolder run;
  Manifest manifest = Manifest::create(run.path(), example());
  const fs::path folder = example_artifact(run, "explore");
  manifest.record(folder);
  CHECK(manifest.verify().empty());
  write_file(folder / "main.h5", "something else");
  fs::remove(folder / "parts" / "one.h5");
  const auto found = Manifest::open(run.path()).verify();
  REQUIRE(found.size() == 2);
  CHECK(found[0].text() == "artifacts/000-cycle/explore/main.h5 has changed since it was written");
  CHECK(found[1].text() == "artifacts/000-cycle/explore/parts/one.h5 is missing");
}

TEST_CASE("one folder can be looked at by itself", "[unit]") {
  const TemporaryFolder run;
  Manifest manifest = Manifest::create(run.path(), example());
  const fs::path fit = example_artifact(run, "fit");
  const fs::path other = example_artifact(run, "fit_more");
  manifest.record(other);
  CHECK_FALSE(manifest.lists(fit));
  manifest.record(fit);
  CHECK(manifest.lists(fit));
  CHECK(manifest.lists(run.path()));
  write_file(other / "main.h5", "something else");
  CHECK(manifest.verify(fit).empty());
  CHECK(manifest.verify(other).size() == 1);
}

TEST_CASE("recording a folder again replaces what was noted for it and nothing else", "[unit]") {
  const TemporaryFolder run;
  Manifest manifest = Manifest::create(run.path(), example());
  const fs::path fit = example_artifact(run, "fit");
  manifest.record(fit);
  manifest.record(example_artifact(run, "fit_more"));
  fs::remove_all(fit / "parts");
  manifest.record(fit);
  CHECK(manifest.artifacts().size() == 3);
  CHECK(manifest.verify().empty());
}

TEST_CASE("a folder is recorded under the name that it will have", "[unit]") {
  const TemporaryFolder run;
  Manifest manifest = Manifest::create(run.path(), example());
  const fs::path partial = example_artifact(run, "fit.partial");
  const fs::path finished = partial.parent_path() / "fit";
  manifest.record(partial, finished);
  CHECK(manifest.verify().size() == 2);
  rename_folder(partial, finished);
  CHECK(manifest.verify().empty());
}

TEST_CASE("stages that end side by side are all recorded", "[unit]") {
  const TemporaryFolder run;
  Manifest manifest = Manifest::create(run.path(), example());
  std::vector<fs::path> folders;
  for (int i = 0; i < 8; ++i) folders.push_back(example_artifact(run, "stage" + std::to_string(i)));
  std::vector<std::thread> threads;
  for (const fs::path& folder : folders) threads.emplace_back([&manifest, folder] { manifest.record(folder); });
  for (std::thread& thread : threads) thread.join();
  CHECK(Manifest::open(run.path()).artifacts().size() == 16);
}

TEST_CASE("a folder without a manifest or with a broken one is a storage error", "[unit]") {
  const TemporaryFolder run;
  CHECK(storage_error([&] { (void)Manifest::open(run.path()); }) ==
        run.path().string() + " is not the folder of a liftwell run: it has no manifest.json");
  write_file(run / "manifest.json", "{\"seed\": 1");
  CHECK_THAT(storage_error([&] { (void)Manifest::open(run.path()); }),
             Contains("is not a manifest of liftwell (no JSON from byte 11 on); restore it"));
  write_file(run / "manifest.json", "{\"seed\": 1}");
  CHECK_THAT(storage_error([&] { (void)Manifest::open(run.path()); }), Contains("is not a manifest of liftwell"));
}
