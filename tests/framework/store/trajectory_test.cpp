// SPDX-License-Identifier: MIT
#include "liftwell/store/trajectory.hpp"

#include <fstream>
#include <limits>

#include "framework/store/store_support.hpp"
#include "liftwell/store/artifact.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;

namespace {

/// What every entry of these trajectories is: easy to check, nowhere equal to its neighbours.
float entry(Index frame, Index walker, Index coordinate) {
  return static_cast<float>(frame) + 0.125F * static_cast<float>(walker) + 0.5F * static_cast<float>(coordinate);
}

WalkerStates end_states(Index walkers, Index dimension, Index steps) {
  WalkerStates states;
  states.positions = Matrix::Constant(walkers, dimension, 1.0 / 3.0 + static_cast<double>(steps));
  states.velocities = Matrix::Constant(walkers, dimension, -0.1);
  states.steps_done = steps;
  states.dropped = {1};
  return states;
}

EnsembleInfo example_info(Index walkers, Index dimension, Index frames) {
  EnsembleInfo info;
  info.stage = "windows";
  info.cycle = 3;
  info.dimension = dimension;
  info.walkers = walkers;
  info.frames = frames;
  info.steps = frames * 10;
  info.stride = 10;
  info.discard_frames = 1;
  info.thermal_energy = 15;
  info.timestep = 1e-4;
  info.system = "potential: {type: muller_brown}\n";
  info.bias = "type: harmonic\n";
  info.coarse = {"x"};
  info.centres = Matrix{{-0.5}, {0.1}};
  info.window.assign(static_cast<std::size_t>(walkers), 1);
  info.origin.assign(static_cast<std::size_t>(walkers), "single_structure");
  info.dropped = {1};
  return info;
}

void write_segments(const fs::path& folder, Index segments, Index frames, Index walkers, Index dimension) {
  TrajectoryWriter writer(folder);
  std::vector<float> positions(static_cast<std::size_t>(frames * walkers * dimension));
  for (Index segment = 0; segment < segments; ++segment) {
    for (Index f = 0; f < frames; ++f)
      for (Index w = 0; w < walkers; ++w)
        for (Index d = 0; d < dimension; ++d)
          positions[static_cast<std::size_t>((f * walkers + w) * dimension + d)] = entry(segment * frames + f, w, d);
    writer.write_segment(segment, {segment * frames, frames, walkers, dimension, positions.data()},
                         end_states(walkers, dimension, (segment + 1) * frames * 10));
  }
}

/// Resident memory of this process, bytes.
double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("an ensemble reads back frame by frame with every field of its index", "[unit]") {
  const TemporaryFolder folder;
  write_segments(folder.path(), 3, 4, 5, 2);
  const EnsembleInfo before = example_info(5, 2, 12);
  TrajectoryWriter(folder.path()).finish(before);
  const auto ensemble = load_artifact<Ensemble>(folder.path());
  const EnsembleInfo& after = ensemble->info();
  CHECK(after.stage == before.stage);
  CHECK(after.cycle == before.cycle);
  CHECK(after.dimension == before.dimension);
  CHECK(after.walkers == before.walkers);
  CHECK(after.frames == before.frames);
  CHECK(after.steps == before.steps);
  CHECK(after.stride == before.stride);
  CHECK(after.discard_frames == before.discard_frames);
  CHECK(after.thermal_energy == before.thermal_energy);
  CHECK(after.timestep == before.timestep);
  CHECK(after.system == before.system);
  CHECK(after.bias == before.bias);
  CHECK(after.coarse == before.coarse);
  CHECK(after.centres == before.centres);
  CHECK(after.window == before.window);
  CHECK(after.origin == before.origin);
  CHECK(after.dropped == before.dropped);

  Index seen = 0;
  int wrong = 0;
  ensemble->for_each_chunk([&](const FrameChunk& chunk) {
    CHECK(chunk.first_frame == seen);
    for (Index f = 0; f < chunk.frames; ++f, ++seen)
      for (Index w = 0; w < chunk.walkers; ++w)
        for (Index d = 0; d < chunk.dimension; ++d) wrong += chunk.state(f, w)[d] == entry(seen, w, d) ? 0 : 1;
  });
  CHECK(seen == 12);
  CHECK(wrong == 0);
  CHECK(ensemble->last_states() == end_states(5, 2, 120).positions);
}

TEST_CASE("segments are exact checkpoints", "[unit]") {
  const TemporaryFolder folder;
  TrajectoryWriter writer(folder.path());
  CHECK(writer.segments() == 0);
  write_segments(folder.path(), 2, 4, 3, 2);
  CHECK(writer.segments() == 2);
  const WalkerStates state = writer.state_after(1);
  const WalkerStates wanted = end_states(3, 2, 80);
  CHECK(state.positions == wanted.positions);
  CHECK(state.velocities == wanted.velocities);
  CHECK(state.steps_done == 80);
  CHECK(state.dropped == wanted.dropped);

  write_segments(folder.path(), 4, 4, 3, 2);
  fs::resize_file(folder.path() / "segment-000002.h5", 700);
  CHECK(writer.segments() == 2);

  WalkerStates overdamped = wanted;
  overdamped.velocities.resize(0, 0);
  const std::vector<float> positions(6, 0);
  writer.write_segment(2, {8, 1, 3, 2, positions.data()}, overdamped);
  CHECK(writer.state_after(2).velocities.size() == 0);
}

TEST_CASE("writing an ensemble twice gives the same bytes", "[unit]") {
  const TemporaryFolder a, b;
  for (const fs::path& folder : {a.path(), b.path()}) {
    write_segments(folder, 2, 4, 3, 2);
    TrajectoryWriter(folder).finish(example_info(3, 2, 8));
  }
  for (const char* name : {"segment-000000.h5", "segment-000001.h5", "ensemble.h5"})
    CHECK(sha256_of(a / name) == sha256_of(b / name));
}

TEST_CASE("a truncated, missing or foreign segment is named", "[unit]") {
  const TemporaryFolder folder;
  write_segments(folder.path(), 3, 4, 5, 2);
  TrajectoryWriter(folder.path()).finish(example_info(5, 2, 12));
  const auto visit = [&] { load_artifact<Ensemble>(folder.path())->for_each_chunk([](const FrameChunk&) {}); };
  const std::string file = folder / "segment-000001.h5";
  SECTION("truncated") {
    const std::string bytes = read_file(file);
    write_file(file, bytes.substr(0, bytes.size() - 1));
    CHECK(storage_error(visit) ==
          file + " is not a readable HDF5 file (truncated or not written by liftwell); restore or remove it");
    CHECK(storage_error([&] { (void)TrajectoryWriter(folder.path()).state_after(1); }) ==
          file + " is not a readable HDF5 file (truncated or not written by liftwell); restore or remove it");
  }
  SECTION("missing") {
    fs::remove(file);
    CHECK(storage_error(visit) == file + " is missing");
  }
  SECTION("of another shape") {
    const TemporaryFolder other;
    write_segments(other.path(), 2, 4, 7, 2);
    fs::copy_file(other / "segment-000001.h5", file, fs::copy_options::overwrite_existing);
    CHECK_THAT(storage_error(visit), Contains(file) && Contains("another shape"));
  }
  SECTION("of another length") {
    const TemporaryFolder other;
    write_segments(other.path(), 2, 3, 5, 2);
    fs::copy_file(other / "segment-000001.h5", file, fs::copy_options::overwrite_existing);
    CHECK_THAT(storage_error(visit), Contains("has 11 frames where its index says 12"));
  }
}

TEST_CASE("a segment that does not fit on the disk leaves those before it whole", "[unit]") {
  const TemporaryFolder folder;
  write_segments(folder.path(), 1, 4, 5, 2);
  const std::vector<float> positions(100000, 0);
  std::string message;
  {
    const FileSizeLimit limit(100000);
    message = storage_error([&] {
      TrajectoryWriter(folder.path()).write_segment(1, {4, 100, 500, 2, positions.data()}, end_states(500, 2, 40));
    });
  }
  CHECK(message == "cannot write " + (folder / "segment-000001.h5").string() + ": file too large");
  CHECK(TrajectoryWriter(folder.path()).segments() == 1);
  CHECK(TrajectoryWriter(folder.path()).state_after(0).steps_done == 40);
}

TEST_CASE("a long ensemble is written and read in bounded memory", "[workflow]") {
  // 96 MB of frames. Seen to fail when for_each_chunk keeps all segments until the end.
  const TemporaryFolder folder;
  const double before = resident_bytes();
  const Index segments = 24, frames = 1024, walkers = 512, dimension = 2;
  write_segments(folder.path(), segments, frames, walkers, dimension);
  TrajectoryWriter(folder.path()).finish(example_info(walkers, dimension, segments * frames));
  CHECK(resident_bytes() - before < 32e6);
  const auto ensemble = load_artifact<Ensemble>(folder.path());
  double largest = 0;
  Index seen = 0;
  ensemble->for_each_chunk([&](const FrameChunk& chunk) {
    seen += chunk.frames;
    largest = std::max(largest, resident_bytes());
  });
  CHECK(seen == segments * frames);
  CHECK(largest - before < 32e6);
}

TEST_CASE("a segment that would need more than 64 MB is a broken promise", "[unit]") {
  const TemporaryFolder folder;
  const float none = 0;
  CHECK_THROWS_AS(TrajectoryWriter(folder.path())
                      .write_segment(0, {0, TrajectoryWriter::largest_segment, 2, 1, &none}, end_states(2, 1, 1)),
                  InternalError);
}
