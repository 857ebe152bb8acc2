// SPDX-License-Identifier: MIT
#include "liftwell/store/learned_bias.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;

TEST_CASE("a learned bias is read as it was written, texts of any length included", "[unit]") {
  const testing::TemporaryFolder folder;
  LearnedBias learned;
  learned.method = "opes";
  learned.coarse = {"x", "angle"};
  learned.low = Vector{{-1, 0}};
  learned.high = Vector{{1, 6}};
  learned.bins = {2, 3};
  learned.bias = std::string(200000, 'v');
  learned.energies = Vector::LinSpaced(6, 0, 1);
  learned.group_energies = Matrix::Random(4, 6);
  learned.free_energies = Matrix::Random(4, 6);
  learned.free_energies(2, 3) = std::nan("");
  learned.thermal_energy = 15;
  learned.system = "{}\n";
  learned.force_evaluations = 123;
  learned.notes = {"one", "two"};
  save_artifact(folder.path(), learned);
  CHECK(artifact_type(folder.path()) == "learned_bias");
  const auto read = load_artifact<LearnedBias>(folder.path());
  CHECK(read->method == learned.method);
  CHECK(read->coarse == learned.coarse);
  CHECK(read->low == learned.low);
  CHECK(read->high == learned.high);
  CHECK(read->bins == learned.bins);
  CHECK(read->bias == learned.bias);
  CHECK(read->energies == learned.energies);
  CHECK(read->group_energies == learned.group_energies);
  CHECK(std::isnan(read->free_energies(2, 3)));
  CHECK(read->free_energies.row(1) == learned.free_energies.row(1));
  CHECK(read->thermal_energy == 15);
  CHECK(read->system == learned.system);
  CHECK(read->force_evaluations == 123);
  CHECK(read->notes == learned.notes);
  CHECK_THROWS_AS(load_artifact<Targets>(folder.path()), StorageError);
}
