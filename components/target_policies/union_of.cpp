// SPDX-License-Identifier: MIT
// The targets of several policies together.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "liftwell/families/target_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<TargetPolicy>> policies;
  std::vector<double> apart;

  void check(Problems& problems) const {
    if (policies.empty()) return problems.add("policies", "must list at least one policy");
    const auto names = policies.front().build()->coarse().names();
    for (const auto& policy : policies)
      if (const auto other = policy.build()->coarse().names(); other != names)
        problems.add("policies", "must choose values of the same coarse variables",
                     fmt::format("'{}' of {}", policy.name(), fmt::join(other, ", ")),
                     fmt::format("values of {}", fmt::join(names, ", ")));
    if (!apart.empty() && apart.size() != names.size())
      problems.add("apart", "must have one number per coarse variable", fmt::format("{} numbers", apart.size()),
                   fmt::format("{} numbers", names.size()));
  }
};

/// A target that is (nearly) one already taken, or with `apart` close to one in every coarse variable, is left out:
/// the policies named first come first. Exhausted when all of them are. Rows are in ascending order.
class UnionOf final : public TargetPolicy {
 public:
  explicit UnionOf(const Options& options) : options_(options) {
    for (const auto& policy : options.policies) policies_.push_back(policy.build());
  }

  const CoarseMap& coarse() const override { return policies_.front()->coarse(); }
  bool needs_data() const override {
    return std::any_of(policies_.begin(), policies_.end(), [](const auto& policy) { return policy->needs_data(); });
  }
  std::vector<StageReference> of() const override {
    std::vector<StageReference> all;
    for (const auto& policy : policies_)
      for (auto& reference : policy->of()) all.push_back(std::move(reference));
    return all;
  }

  bool can_begin() const override {
    return std::any_of(policies_.begin(), policies_.end(), [](const auto& policy) { return policy->can_begin(); });
  }

  Targets propose(const TargetRequest& request) const override {
    Targets out{.coarse = coarse().names(), .exhausted = true};
    std::vector<Vector> rows;
    for (std::size_t p = 0; p < policies_.size(); ++p) {
      const Targets more = policies_[p]->propose(request);
      for (Index row = 0; row < more.values.rows(); ++row) {
        const Vector value = more.values.row(row);
        if (std::none_of(rows.begin(), rows.end(), [&](const Vector& taken) { return close(value, taken); }))
          rows.push_back(value);
      }
      out.exhausted &= more.exhausted;
      out.note += fmt::format("{}{}: {}", p > 0 ? "; " : "", options_.policies[p].name(), more.note);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Vector& a, const Vector& b) {
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
    });
    out.values.resize(std::ssize(rows), coarse().size());
    for (std::size_t i = 0; i < rows.size(); ++i) out.values.row(static_cast<Index>(i)) = rows[i];
    return out;
  }

 private:
  bool close(const Vector& a, const Vector& b) const {
    for (Index k = 0; k < a.size(); ++k) {
      const double distance = std::abs(coarse().difference(k, a[k], b[k]));
      const double same = 1e-9 * (1 + std::abs(b[k]));
      const double least = options_.apart.empty() ? 0 : options_.apart[static_cast<std::size_t>(k)] * (1 - 1e-9);
      if (distance > same && distance >= least) return false;
    }
    return true;
  }

  Options options_;
  std::vector<std::unique_ptr<TargetPolicy>> policies_;
};

}  // namespace

LIFTWELL_COMPONENT(union_of) {
  return Declaration<TargetPolicy, Options>("union_of", "The targets of several policies together.")
      .reference("Textbook: union of sets.")
      .parameter("policies", &Options::policies, unit::none, "The policies.", required())
      .parameter("apart", &Options::apart, unit::coarse,
                 "A target closer than this to one of an earlier policy, in every coarse variable, is left out.",
                 above(0))
      .example(
          "{type: union_of, policies: [{type: frontier, on: {type: coordinate, index: 0}, spacing: 0.1}, {type: gaps, "
          "on: {type: coordinate, index: 0}}]}")
      .creates<UnionOf>();
}

}  // namespace liftwell
