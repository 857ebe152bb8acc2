// SPDX-License-Identifier: MIT
// export: writes trajectories, coarse values and starts as files that other programs open.
#include <fmt/format.h>

#include "liftwell/data/results.hpp"
#include "liftwell/families/coarse_map.hpp"
#include "liftwell/families/molecule_file.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "walker_files.hpp"

namespace liftwell {
namespace {

struct Options {
  Inputs<Ensemble> data;
  Input<Starts> starts;
  std::filesystem::path structure;
  std::vector<Component<CoarseVariable>> on;
  std::int64_t every = 1;

  void check(Problems& problems) const {
    if (data.empty() && starts.empty()) problems.add("", "has nothing to write", "", "ensembles, or 'starts'");
    if (structure.empty()) return;
    try {
      (void)read_pdb(structure);
    } catch (const Error& problem) {
      problems.add("structure", std::string("cannot be used: ") + problem.what());
    }
  }
};

/// In the folder of the stage:
///   structure.pdb                     the molecule, to open trajectories with
///   STAGE-cycle-C/walker-00000.dcd    the frames of a walker, those of equilibration among them
///   STAGE-cycle-C/walker-00000.colvar time and coarse values of the same frames, as PLUMED writes them
///   STAGE-cycle-C/walkers.txt         the window and the origin of each walker
///   starts.pdb, starts.txt            every accepted start as a model, and where it came from
/// Walkers that were lost are left out.
class Export final : public Stage {
 public:
  explicit Export(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const Structure molecule = read_pdb(options_.structure);
    const CoarseMap coarse(options_.on);
    const auto check_fit = [&](const Shape& states) {
      if (states.dimension == 0) return;
      if (const auto other = molecule.topology.misfit(states.dimension); !other.empty())
        context.error("structure", other);
      else if (states.system != nullptr)
        if (const auto own = file_misfit(molecule, *states.system); !own.empty())
          context.error("structure", "the file " + own);
      const auto misfit = states.system != nullptr ? coarse.misfit(*states.system) : coarse.misfit(states.dimension);
      if (!misfit.empty()) context.error("on", misfit);
    };
    for (const Shape& data : context.shapes(options_.data.references)) check_fit(data);
    for (const Shape& starts : context.shapes(options_.starts.references)) check_fit(starts);
    return {};
  }

  void run(StageContext& context) const override {
    const Structure molecule = read_pdb(options_.structure);
    const CoarseMap coarse(options_.on);
    write_file(context.folder() / "structure.pdb", pdb_text(molecule.topology, molecule.frames.topRows(1)));
    Findings written;
    Index frames = 0, walkers = 0;
    for (const auto& ensemble : context.load(options_.data)) {
      const EnsembleInfo& info = ensemble->info();
      if (const auto misfit = molecule.topology.misfit(info.dimension); !misfit.empty()) throw InputError(misfit);
      WalkerFiles files(context.folder() / fmt::format("{}-cycle-{}", info.stage, info.cycle), info, molecule.topology,
                        coarse, options_.every, context.unit("time") != "time");
      ensemble->for_each_chunk([&](const FrameChunk& chunk) { files.append(chunk); });
      files.finish();
      frames += files.frames() * files.walkers();
      walkers += files.walkers();
    }
    if (const auto starts = context.load(options_.starts)) write_starts(*starts, molecule.topology, coarse, context);
    written.values["export.walkers"] = static_cast<double>(walkers);
    written.values["export.frames"] = static_cast<double>(frames);
    save_artifact(context.folder(), written);
    context.fact("walkers", walkers);
    context.fact("frames", frames);
  }

 private:
  static void write_starts(const Starts& starts, const Topology& molecule, const CoarseMap& coarse,
                           StageContext& context) {
    write_file(context.folder() / "starts.pdb", pdb_text(molecule, starts.states));
    std::string text = "# model";
    for (const std::string& name : starts.coarse) text += " target_" + name;
    for (const std::string& name : coarse.names()) text += " " + name;
    text += " origin\n";
    std::string units;
    for (const std::string& name : coarse.names())
      if (const std::string unit = context.unit_of_variable(name); !unit.empty())
        units += (units.empty() ? "# " : ", ") + name + " in " + unit;
    if (!units.empty()) text += units + "; models are those of starts.pdb\n";
    const Matrix values = coarse.values(starts.states);
    for (Index i = 0; i < starts.states.rows(); ++i) {
      text += std::to_string(i + 1);
      for (Index k = 0; k < starts.targets.cols(); ++k)
        text += fmt::format(" {:.6g}", starts.targets(starts.target[static_cast<std::size_t>(i)], k));
      for (Index k = 0; k < coarse.size(); ++k) text += fmt::format(" {:.6g}", values(i, k));
      text += " " + starts.origin[static_cast<std::size_t>(i)] + "\n";
    }
    write_file(context.folder() / "starts.txt", text);
    context.fact("starts", starts.states.rows());
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(export) {
  return Declaration<Stage, Options>("export", "Writes trajectories, coarse values and starts for other programs.")
      .reference(
          "DCD as CHARMM and OpenMM write it; PDB format 3.3 (wwPDB, 2012); coarse values as in PLUMED 2: Tribello et "
          "al., Comput. Phys. Commun. 185, 604 (2014).")
      .parameter("export", &Options::data, unit::none, "Ensembles to write; [] for none.", required())
      .parameter("starts", &Options::starts, unit::none, "Starts to write, each as a model of one PDB file.")
      .parameter("structure", &Options::structure, unit::none, "PDB file of the molecule: names, residues and bonds.",
                 required())
      .parameter("on", &Options::on, unit::none, "Coarse variables to write beside the frames.")
      .parameter("every", &Options::every, unit::none, "Writes one of so many saved frames.", at_least(1))
      .produces<Findings>()
      .example(
          "{export: windows, structure: workflows/data/alanine_dipeptide/start.pdb, on: {type: coordinate, index: 0}}")
      .creates<Export>();
}

}  // namespace liftwell
