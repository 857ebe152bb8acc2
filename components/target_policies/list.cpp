// SPDX-License-Identifier: MIT
// Targets written out by the user.
#include <fmt/format.h>

#include "liftwell/families/target_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<CoarseVariable>> on;
  std::vector<double> values;

  void check(Problems& problems) const {
    if (on.empty()) return;
    if (values.empty() || values.size() % on.size() != 0)
      problems.add("values", "must hold one number per target and coarse variable",
                   fmt::format("{} numbers", values.size()), fmt::format("a multiple of {} numbers", on.size()));
  }
};

class ListTargets final : public TargetPolicy {
 public:
  explicit ListTargets(const Options& options) : values_(options.values), coarse_(options.on) {}

  const CoarseMap& coarse() const override { return coarse_; }

  Targets propose(const TargetRequest&) const override {
    const Index rows = static_cast<Index>(values_.size()) / coarse_.size();
    return {.coarse = coarse_.names(),
            .values = Eigen::Map<const Matrix>(values_.data(), rows, coarse_.size()),
            .note = fmt::format("{} targets as listed", rows)};
  }

 private:
  std::vector<double> values_;
  CoarseMap coarse_;
};

}  // namespace

LIFTWELL_COMPONENT(list) {
  return Declaration<TargetPolicy, Options>("list", "Targets written out one by one.")
      .reference("Textbook: umbrella windows placed by hand.")
      .parameter("on", &Options::on, unit::none, "Coarse variables of the targets.", required())
      .parameter("values", &Options::values, unit::coarse,
                 "The targets; with several coarse variables, the numbers of the first target, then of the second.",
                 required())
      .example("{type: list, on: {type: coordinate, index: 0}, values: [-0.5, 0, 0.5]}")
      .creates<ListTargets>();
}

}  // namespace liftwell
