// SPDX-License-Identifier: MIT
// Every walker starts from the same state, or from those of a file in turn.
#include <fmt/format.h>

#include <filesystem>

#include "liftwell/families/start_policy.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/array_file.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<double> position;
  std::filesystem::path file;

  void check(Problems& problems) const {
    if (position.empty() && file.empty()) problems.add("", "needs a state", "", "position or file");
    if (!position.empty() && !file.empty()) problems.add("file", "cannot be given together with 'position'");
    if (file.empty()) return;
    try {
      (void)read_array(file);
    } catch (const Error& problem) {
      problems.add("file", std::string("cannot be used: ") + problem.what());
    }
  }
};

/// The same state or states for all targets. Windows started this way inherit whatever the state is in directions
/// orthogonal to the coarse variables: the plainest way to start, and the one that needs watching.
class SingleStructure final : public StartPolicy {
 public:
  explicit SingleStructure(const Options& options) {
    if (options.file.empty()) {
      states_ =
          Eigen::Map<const Eigen::RowVectorXd>(options.position.data(), static_cast<Index>(options.position.size()));
      origins_ = {"single_structure"};
      return;
    }
    what_ = "each row of " + options.file.filename().string();
    states_ = read_array(options.file);
    for (Index row = 0; row < states_.rows(); ++row)
      origins_.push_back(fmt::format("{} row {}", options.file.filename().string(), row));
  }

  std::string misfit(Index dimension) const override {
    if (states_.cols() == dimension) return {};
    return fmt::format("{} has {} numbers, the system {} dimensions", what_, states_.cols(), dimension);
  }

  std::vector<StartCandidates> propose(const StartRequest& request) const override {
    StartCandidates same;
    same.states.resize(std::max(request.per_target, states_.rows()), states_.cols());
    for (Index i = 0; i < same.states.rows(); ++i) {
      same.states.row(i) = states_.row(i % states_.rows());
      same.origin.push_back(origins_[static_cast<std::size_t>(i % states_.rows())]);
    }
    const Index lists = request.targets == nullptr ? 1 : request.targets->values.rows();
    return std::vector<StartCandidates>(static_cast<std::size_t>(lists), same);
  }

 private:
  std::string what_ = "the position";
  Matrix states_;  ///< states x dimension
  std::vector<std::string> origins_;
};

}  // namespace

LIFTWELL_COMPONENT(single_structure) {
  return Declaration<StartPolicy, Options>("single_structure",
                                           "Every walker starts from the same state, or from those of a file in turn.")
      .reference("Textbook: the usual start of umbrella sampling.")
      .parameter("position", &Options::position, unit::length, "Coordinates of the state.")
      .parameter(
          "file", &Options::file, unit::none,
          "File with one state in each row, instead of the position: .npy, .csv, or .h5 with a dataset 'states'.")
      .example("{type: single_structure, position: [-0.55, 1.44]}")
      .creates<SingleStructure>();
}

}  // namespace liftwell
