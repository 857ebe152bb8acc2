// SPDX-License-Identifier: MIT
#include "liftwell/store/artifact.hpp"

#include <limits>

#include "framework/store/store_support.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/hdf5.hpp"
#include "liftwell/store/trajectory.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Targets example_targets() {
  Targets targets;
  targets.coarse = {"x", "φ"};
  targets.values = Matrix{{0.1, -0.2}, {1.0 / 3.0, 4}, {5, 6}};
  targets.note = "range 0.4 to 0.9 visited, 2 beyond its edge";
  targets.exhausted = true;
  return targets;
}

Starts example_starts() {
  Starts starts;
  starts.coarse = {"x"};
  starts.targets = Matrix{{-0.5}, {0.5}};
  starts.target = {0, 0, 1};
  starts.states = Matrix{{1, 2}, {3, 4}, {5, 1e-17}};
  starts.origin = {"drawn sample 3", "drawn sample 4", "windows cycle 2 walker 5 frame 310"};
  starts.proposed = {16, 16};
  starts.accepted = {2, 1};
  starts.rejected = {{{"coarse tolerance", 13}, {"energy", 1}}, {}};
  return starts;
}

FreeEnergy example_free_energy() {
  FreeEnergy f;
  f.estimator = "mbar";
  f.coarse = {"x"};
  f.points = Matrix{{-1}, {0}, {1}};
  f.values = Vector::Zero(3);
  f.values << 0, 12.345678901234567, nan;
  f.standard_errors = Vector::Zero(3);
  f.standard_errors << 0.25, 1.0 / 3.0, infinity;
  f.thermal_energy = 15;
  f.unit = "energy";
  f.differences = {{"right against left", 35.25, 0.9, 35.564}, {"never seen", infinity, nan, std::nullopt}};
  f.notes = {"window 3 has not mixed"};
  f.tables = {{"Overlap", {{"window", "", 0}, {"overlap", "", 3}}, {{std::string("at 0.5"), 0.25}}}};
  return f;
}

Findings example_findings() {
  Findings findings;
  findings.values = {{"label error", 0.0123}, {"p-value", nan}, {"R-hat", infinity}, {"worst", -infinity}};
  Table table{"Consistency", {{"x", "length", 2}, {"distance", "", 4}, {"verdict", "", 0}}, {}};
  table.rows = {{0.5, 0.001, std::string("good")}, {nan, infinity, std::string("nan")}};
  findings.tables = {table};
  findings.targets = {{{"x", "y"}, {0.5, nan}, {{"label_error.mean", 0.25}, {"p", nan}}}, {{"x"}, {1}, {}}};
  return findings;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("targets keep every field on disk", "[unit]") {
  const TemporaryFolder folder;
  const Targets before = example_targets();
  save_artifact(folder.path(), before);
  const auto after = load_artifact<Targets>(folder.path());
  CHECK(after->coarse == before.coarse);
  CHECK(after->values == before.values);
  CHECK(after->note == before.note);
  CHECK(after->exhausted);
}

TEST_CASE("draws keep every field on disk, and may be empty", "[unit]") {
  const TemporaryFolder folder;
  Draws before;
  before.coarse = {"x"};
  before.targets = Matrix{{0.25}, {0.5}};
  before.target = {0, 1, 1};
  before.states = FloatMatrix::Random(3, 4);
  save_artifact(folder.path(), before);
  const auto after = load_artifact<Draws>(folder.path());
  CHECK(after->coarse == before.coarse);
  CHECK(after->targets == before.targets);
  CHECK(after->target == before.target);
  CHECK(after->states == before.states);

  save_artifact(folder.path(), Draws{});
  CHECK(load_artifact<Draws>(folder.path())->states.size() == 0);
}

TEST_CASE("starts keep every field on disk", "[unit]") {
  const TemporaryFolder folder;
  const Starts before = example_starts();
  save_artifact(folder.path(), before);
  const auto after = load_artifact<Starts>(folder.path());
  CHECK(after->coarse == before.coarse);
  CHECK(after->targets == before.targets);
  CHECK(after->target == before.target);
  CHECK(after->states == before.states);
  CHECK(after->origin == before.origin);
  CHECK(after->proposed == before.proposed);
  CHECK(after->accepted == before.accepted);
  CHECK(after->rejected == before.rejected);
}

TEST_CASE("starts that belong to no target keep their empty arrays", "[unit]") {
  const TemporaryFolder folder;
  Starts before;
  before.states = Matrix{{1, 2}};
  before.origin = {"single_structure"};
  save_artifact(folder.path(), before);
  const auto after = load_artifact<Starts>(folder.path());
  CHECK(after->targets.rows() == 0);
  CHECK(after->target.empty());
  CHECK(after->rejected.empty());
  CHECK(after->origin == before.origin);
}

TEST_CASE("free energies keep every bit on disk, infinities and NaN included", "[unit]") {
  const TemporaryFolder folder;
  const FreeEnergy before = example_free_energy();
  save_artifact(folder.path(), before);
  const auto after = load_artifact<FreeEnergy>(folder.path());
  CHECK(after->estimator == before.estimator);
  CHECK(after->coarse == before.coarse);
  CHECK(after->points == before.points);
  for (Index i = 0; i < 3; ++i) {
    CHECK(same(after->values[i], before.values[i]));
    CHECK(same(after->standard_errors[i], before.standard_errors[i]));
  }
  CHECK(after->reference.size() == 0);
  CHECK(after->thermal_energy == 15);
  CHECK(after->unit == "energy");
  CHECK(after->notes == before.notes);
  REQUIRE(after->tables.size() == 1);
  CHECK(after->tables[0].text() == before.tables[0].text());
  REQUIRE(after->differences.size() == 2);
  CHECK(after->differences[0].name == "right against left");
  CHECK(after->differences[0].value == 35.25);
  CHECK(after->differences[0].reference == 35.564);
  CHECK(after->differences[1].value == infinity);
  CHECK(std::isnan(after->differences[1].standard_error));
  CHECK_FALSE(after->differences[1].reference.has_value());
}

TEST_CASE("findings keep every field on disk", "[unit]") {
  const TemporaryFolder folder;
  const Findings before = example_findings();
  save_artifact(folder.path(), before);
  const auto after = load_artifact<Findings>(folder.path());
  REQUIRE(after->values.size() == before.values.size());
  for (const auto& [name, value] : before.values) CHECK(same(after->values.at(name), value));
  REQUIRE(after->tables.size() == 1);
  CHECK(after->tables[0].title == "Consistency");
  CHECK(after->tables[0].columns[0].unit == "length");
  CHECK(after->tables[0].columns[1].decimals == 4);
  CHECK(std::get<double>(after->tables[0].rows[0][1]) == 0.001);
  CHECK(std::get<std::string>(after->tables[0].rows[1][2]) == "nan");
  CHECK(std::isnan(std::get<double>(after->tables[0].rows[1][0])));
  CHECK(std::get<double>(after->tables[0].rows[1][1]) == infinity);
  REQUIRE(after->targets.size() == 2);
  CHECK(after->targets[0].coarse == std::vector<std::string>{"x", "y"});
  CHECK(after->targets[0].target[0] == 0.5);
  CHECK(std::isnan(after->targets[0].target[1]));
  CHECK(after->targets[0].values.at("label_error.mean") == 0.25);
  CHECK(std::isnan(after->targets[0].values.at("p")));
  CHECK(after->targets[1].values.empty());
}

TEST_CASE("an artifact that is saved twice has the same bytes wherever it lies", "[unit]") {
  const TemporaryFolder a, b;
  for (const fs::path& folder : {a.path(), b.path()}) {
    save_artifact(folder, example_targets());
    save_artifact(folder, example_starts());
    save_artifact(folder, example_free_energy());
    save_artifact(folder, example_findings());
  }
  for (const char* name : {"targets.h5", "starts.h5", "free_energy.h5", "diagnostics.h5"})
    CHECK(sha256_of(a / name) == sha256_of(b / name));
}

TEST_CASE("an artifact of another type says what was found and what is wanted", "[unit]") {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  CHECK(artifact_type(folder.path()).empty());
  CHECK(storage_error([&] { (void)load_artifact<Starts>(folder.path()); }) ==
        path + " holds no artifact, wanted is an artifact of type 'starts'");
  save_artifact(folder.path(), example_targets());
  CHECK(artifact_type(folder.path()) == "targets");
  CHECK(storage_error([&] { (void)load_artifact<Starts>(folder.path()); }) ==
        path + " holds an artifact of type 'targets', wanted is an artifact of type 'starts'");
  CHECK(storage_error([&] { (void)load_artifact<Ensemble>(folder.path()); }) ==
        path + " holds an artifact of type 'targets', wanted is an artifact of type 'ensemble'");
  fs::rename(folder / "targets.h5", folder / "starts.h5");
  CHECK_THAT(storage_error([&] { (void)load_artifact<Starts>(folder.path()); }),
             Contains("does not say that it is of type 'starts'"));
  CHECK_THAT(storage_error([&] { (void)load_artifact<Starts>(folder / "missing"); }), Contains("holds no artifact"));
}

TEST_CASE("a truncated or meddled artifact is refused with its name", "[unit]") {
  const TemporaryFolder folder;
  save_artifact(folder.path(), example_free_energy());
  const std::string file = folder / "free_energy.h5";
  SECTION("truncated") {
    const std::string bytes = read_file(file);
    write_file(file, bytes.substr(0, bytes.size() - 100));
    CHECK(storage_error([&] { (void)load_artifact<FreeEnergy>(folder.path()); }) ==
          file + " is not a readable HDF5 file (truncated or not written by liftwell); restore or remove it");
  }
  SECTION("fields missing") {
    Hdf5Writer writer(file);
    writer.attribute("artifact", "free_energy");
    writer.attribute("json", "{}");
    for (const char* name : {"points", "F", "standard_error", "reference"}) writer.array(name, Matrix(1, 1));
    writer.strings("coarse", {"x"});
    writer.save();
    CHECK_THAT(storage_error([&] { (void)load_artifact<FreeEnergy>(folder.path()); }),
               Contains(file + " is damaged:") && Contains("estimator"));
  }
  SECTION("arrays that do not fit") {
    Starts starts = example_starts();
    starts.origin.pop_back();
    save_artifact(folder.path(), starts);
    CHECK_THAT(storage_error([&] { (void)load_artifact<Starts>(folder.path()); }), Contains("do not fit together"));
  }
}
