// SPDX-License-Identifier: MIT
#include "liftwell/store/trajectory.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/store/artifact.hpp"
#include "liftwell/store/hdf5.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

fs::path index_file(const fs::path& folder) { return folder / "ensemble.h5"; }
fs::path segment_file(const fs::path& folder, Index index) { return folder / fmt::format("segment-{:06}.h5", index); }

/// False for a file that something cut short or overwrote.
bool is_segment(const fs::path& path) {
  try {
    const Hdf5Reader file(path);
    return file.has("positions") && file.has("end_positions") && file.has("steps_done");
  } catch (const StorageError&) {
    return false;
  }
}

/// Frames of a finished simulation, one segment in memory at a time.
class SegmentedEnsemble final : public Ensemble {
 public:
  explicit SegmentedEnsemble(fs::path folder) : folder_(std::move(folder)) {
    require_artifact(folder_, Ensemble::type_name);
    const Hdf5Reader file(index_file(folder_));
    try {
      read_numbers(Json::parse(file.attribute("json")));
    } catch (const Json::exception& error) {
      throw StorageError(fmt::format("{} is damaged: {}", index_file(folder_).string(), error.what()));
    }
    info_.system = file.attribute("system");
    info_.bias = file.attribute("bias");
    info_.coarse = file.strings("coarse");
    info_.centres = file.matrix("centres");
    info_.window = file.indices("window");
    info_.origin = file.strings("origin");
    info_.dropped = file.indices("dropped");
    for (Index segment = 0; segment < segments_; ++segment)
      if (!fs::exists(segment_file(folder_, segment)))
        throw StorageError(segment_file(folder_, segment).string() + " is missing");
  }

  [[nodiscard]] const EnsembleInfo& info() const override { return info_; }

  void for_each_chunk(const std::function<void(const FrameChunk&)>& visit) const override {
    std::vector<float> positions;
    Index first = 0;
    for (Index segment = 0; segment < segments_; ++segment) {
      const fs::path path = segment_file(folder_, segment);
      const Hdf5Reader file(path);
      const auto shape = file.shape("positions");
      if (shape.size() != 3 || shape[1] != info_.walkers || shape[2] != info_.dimension)
        throw StorageError(path.string() + " does not belong to this ensemble: its arrays have another shape");
      file.read_floats("positions", positions);
      visit({first, shape[0], info_.walkers, info_.dimension, positions.data()});
      first += shape[0];
    }
    if (first != info_.frames)
      throw StorageError(
          fmt::format("{} has {} frames where its index says {}", folder_.string(), first, info_.frames));
  }

  [[nodiscard]] Matrix last_states() const override {
    return read_states(Hdf5Reader(segment_file(folder_, segments_ - 1))).positions;
  }

 private:
  void read_numbers(const Json& json) {
    info_.stage = json.at("stage");
    info_.cycle = json.at("cycle");
    info_.dimension = json.at("dimension");
    info_.walkers = json.at("walkers");
    info_.frames = json.at("frames");
    info_.steps = json.at("steps");
    info_.stride = json.at("stride");
    info_.discard_frames = json.at("discard_frames");
    info_.thermal_energy = json.at("thermal_energy");
    info_.timestep = json.at("timestep");
    segments_ = json.at("segments");
  }

  fs::path folder_;
  EnsembleInfo info_;
  Index segments_ = 0;
};

}  // namespace

Index TrajectoryWriter::segments() const {
  Index count = 0;
  while (is_segment(segment_file(folder_, count))) ++count;
  return count;
}

WalkerStates TrajectoryWriter::state_after(Index index) const {
  return read_states(Hdf5Reader(segment_file(folder_, index)));
}

void TrajectoryWriter::write_segment(Index index, const FrameChunk& frames, const WalkerStates& end) {
  ensure(frames.frames * frames.walkers * frames.dimension <= largest_segment,
         "a trajectory segment of more than 64 MB was to be written");
  Hdf5Writer file(segment_file(folder_, index));
  file.array("positions", frames.positions, {frames.frames, frames.walkers, frames.dimension});
  write_states(file, end);
  file.save();
}

void TrajectoryWriter::finish(const EnsembleInfo& info) const {
  const Json numbers{{"stage", info.stage},
                     {"cycle", info.cycle},
                     {"dimension", info.dimension},
                     {"walkers", info.walkers},
                     {"frames", info.frames},
                     {"steps", info.steps},
                     {"stride", info.stride},
                     {"discard_frames", info.discard_frames},
                     {"thermal_energy", info.thermal_energy},
                     {"timestep", info.timestep},
                     {"segments", segments()}};
  Hdf5Writer file(index_file(folder_));
  file.attribute("artifact", Ensemble::type_name);
  file.attribute("json", numbers.dump());
  file.attribute("system", info.system);
  file.attribute("bias", info.bias);
  file.strings("coarse", info.coarse);
  file.array("centres", info.centres);
  file.array("window", info.window);
  file.strings("origin", info.origin);
  file.array("dropped", info.dropped);
  file.save();
}

template <>
std::shared_ptr<const Ensemble> load_artifact(const fs::path& folder) {
  return std::make_shared<SegmentedEnsemble>(folder);
}

}  // namespace liftwell
