// SPDX-License-Identifier: MIT
// Every walker starts from the same state.
#include <fmt/format.h>

#include "liftwell/families/start_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<double> position;
};

/// One state for all targets. Windows started this way inherit whatever the state is in directions
/// orthogonal to the coarse variables: the plainest way to start, and the one that needs watching.
class SingleStructure final : public StartPolicy {
 public:
  explicit SingleStructure(const Options& options) : position_(options.position) {}

  std::string misfit(Index dimension) const override {
    if (static_cast<Index>(position_.size()) == dimension) return {};
    return fmt::format("the position has {} numbers, the system {} dimensions", position_.size(), dimension);
  }

  std::vector<StartCandidates> propose(const StartRequest& request) const override {
    const Eigen::Map<const Eigen::RowVectorXd> state(position_.data(), static_cast<Index>(position_.size()));
    const StartCandidates same{
        state.replicate(request.per_target, 1),
        std::vector<std::string>(static_cast<std::size_t>(request.per_target), "single_structure")};
    const Index lists = request.targets == nullptr ? 1 : request.targets->values.rows();
    return std::vector<StartCandidates>(static_cast<std::size_t>(lists), same);
  }

 private:
  std::vector<double> position_;
};

}  // namespace

LIFTWELL_COMPONENT(single_structure) {
  return Declaration<StartPolicy, Options>("single_structure", "Every walker starts from the same state.")
      .reference("Textbook: the usual start of umbrella sampling.")
      .parameter("position", &Options::position, unit::length, "Coordinates of the state.", required())
      .example("{type: single_structure, position: [-0.55, 1.44]}")
      .creates<SingleStructure>();
}

}  // namespace liftwell
