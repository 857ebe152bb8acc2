// SPDX-License-Identifier: MIT
// Every walker starts from the same state, or from those of a file in turn.
#include <filesystem>

#include "given_structures.hpp"
#include "liftwell/families/start_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<double> position;
  std::filesystem::path file;
  bool minimise = false;

  void check(Problems& problems) const { check_structure(position, file, problems); }
};

/// The same state or states for all targets. Windows started this way inherit whatever the state is in directions
/// orthogonal to the coarse variables: the plainest way to start, and the one that needs watching.
class SingleStructure final : public StartPolicy {
 public:
  explicit SingleStructure(const Options& options)
      : structures_(options.position, options.file), minimise_(options.minimise) {}

  bool needs_structure() const override { return structures_.given().rows() == 0; }
  std::string misfit(Index dimension) const override { return structures_.misfit(dimension); }
  std::string misfit(const System& system) const override { return structures_.misfit(system); }

  std::vector<StartCandidates> propose(const StartRequest& request) const override {
    Matrix states = structures_.of(request.system);
    for (Index row = 0; minimise_ && row < states.rows(); ++row)
      states.row(row) = request.system.minimised(states.row(row).transpose()).transpose();
    StartCandidates same;
    same.states.resize(std::max(request.per_target, states.rows()), states.cols());
    for (Index i = 0; i < same.states.rows(); ++i) {
      same.states.row(i) = states.row(i % states.rows());
      same.origin.push_back(structures_.origin(i % states.rows()));
    }
    const Index lists = request.targets == nullptr ? 1 : request.targets->values.rows();
    return std::vector<StartCandidates>(static_cast<std::size_t>(lists), same);
  }

 private:
  GivenStructures structures_;
  bool minimise_;
};

}  // namespace

LIFTWELL_COMPONENT(single_structure) {
  return Declaration<StartPolicy, Options>("single_structure",
                                           "Every walker starts from the same state, or from those of a file in turn.")
      .reference("Textbook: the usual start of umbrella sampling.")
      .parameter("position", &Options::position, unit::length,
                 "Coordinates of the state. Without position and file: the structure of the system.")
      .parameter("file", &Options::file, unit::none, structure_file_sentence)
      .parameter("minimise", &Options::minimise, unit::none,
                 "Go to the minimum of the energy below the state first, where the system can do that.")
      .example("{type: single_structure, position: [-0.55, 1.44]}")
      .creates<SingleStructure>();
}

}  // namespace liftwell
