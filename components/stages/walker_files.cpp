// SPDX-License-Identifier: MIT
#include "walker_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "liftwell/base/display_unit.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/store/dcd_file.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;

void write_on(const fs::path& file, const std::string& bytes, bool anew) {
  std::ofstream out(file, std::ios::binary | (anew ? std::ios::trunc : std::ios::app));
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw StorageError("cannot write " + file.string());
}

fs::path unfinished(fs::path file) { return file += ".tmp"; }

}  // namespace

WalkerFiles::WalkerFiles(fs::path folder, const EnsembleInfo& info, const Topology& molecule, const CoarseMap& coarse,
                         Index every, bool physical_units)
    : folder_(std::move(folder)),
      info_(info),
      molecule_(molecule),
      coarse_(coarse),
      every_(every),
      frames_(info.frames / every) {
  for (Index walker = 0; walker < info.walkers; ++walker)
    if (std::find(info.dropped.begin(), info.dropped.end(), walker) == info.dropped.end()) walkers_.push_back(walker);
  try {
    fs::create_directories(folder_);
  } catch (const fs::filesystem_error& error) {
    throw as_storage_error("create", error);
  }
  std::string head = "#! FIELDS time";
  std::string domains, units = physical_units ? "# time in ps" : "";
  for (Index k = 0; k < coarse.size(); ++k) {
    const std::string& name = coarse.names()[static_cast<std::size_t>(k)];
    head += " " + name;
    if (const std::string unit = display_measure(coarse.measured_in(k)); physical_units && !unit.empty())
      units += fmt::format(", {} in {}", name, unit);
    if (const double period = coarse.period(k); period > 0)
      domains += fmt::format("#! SET min_{0} {1:.9g}\n#! SET max_{0} {2:.9g}\n", name, -period / 2, period / 2);
  }
  const std::string notes =
      fmt::format("{}{}the first {} frames are those that the stage discards; windows are in walkers.txt\n", units,
                  units.empty() ? "# " : "; ", info.discard_frames / every);
  for (const Index walker : walkers_) {
    write_on(unfinished(file(walker, "dcd")),
             dcd_head({molecule.size(), frames_, every * info.stride, every * info.stride, info.timestep}), true);
    if (coarse.size() > 0) write_on(unfinished(file(walker, "colvar")), head + "\n" + domains + notes, true);
  }
}

fs::path WalkerFiles::file(Index walker, const char* ending) const {
  return folder_ / fmt::format("walker-{:05}.{}", walker, ending);
}

std::vector<Index> WalkerFiles::chosen(const FrameChunk& chunk) const {
  std::vector<Index> out;
  for (Index frame = 0; frame < chunk.frames; ++frame)
    if ((chunk.first_frame + frame + 1) % every_ == 0) out.push_back(frame);
  return out;
}

std::string WalkerFiles::colvar_lines(const FrameChunk& chunk, Index walker, const std::vector<Index>& frames) const {
  Matrix states(std::ssize(frames), chunk.dimension);
  for (Index row = 0; row < states.rows(); ++row)
    for (Index d = 0; d < chunk.dimension; ++d)
      states(row, d) = static_cast<double>(chunk.state(frames[static_cast<std::size_t>(row)], walker)[d]);
  const Matrix values = coarse_.values(states);
  std::string out;
  for (Index row = 0; row < states.rows(); ++row) {
    const Index step = (chunk.first_frame + frames[static_cast<std::size_t>(row)] + 1) * info_.stride;
    out += fmt::format("{:.6f}", static_cast<double>(step) * info_.timestep);
    for (Index k = 0; k < values.cols(); ++k) out += fmt::format(" {:.7g}", values(row, k));
    out += '\n';
  }
  return out;
}

void WalkerFiles::append(const FrameChunk& chunk) {
  const std::vector<Index> frames = chosen(chunk);
  for (const Index walker : walkers_) {
    std::string bytes;
    for (const Index frame : frames) bytes += dcd_frame(chunk.state(frame, walker), molecule_.size());
    write_on(unfinished(file(walker, "dcd")), bytes, false);
    if (coarse_.size() > 0) write_on(unfinished(file(walker, "colvar")), colvar_lines(chunk, walker, frames), false);
  }
}

void WalkerFiles::finish() {
  std::string text = "# walker window";
  for (const std::string& name : info_.coarse) text += " centre_" + name;
  text += " origin\n";
  for (const Index walker : walkers_) {
    const auto slot = static_cast<std::size_t>(walker);
    text += fmt::format("{} {}", walker, info_.window[slot]);
    for (Index k = 0; k < std::ssize(info_.coarse); ++k)
      text += fmt::format(" {:.7g}", info_.centres(info_.window[slot], k));
    text += " " + info_.origin[slot] + "\n";
  }
  write_file(folder_ / "walkers.txt", text);
  try {
    for (const Index walker : walkers_)
      for (const char* ending : {"dcd", "colvar"})
        if (const fs::path part = unfinished(file(walker, ending)); fs::exists(part))
          fs::rename(part, file(walker, ending));
  } catch (const fs::filesystem_error& error) {
    throw as_storage_error("rename", error);
  }
}

}  // namespace liftwell
