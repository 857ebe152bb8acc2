// SPDX-License-Identifier: MIT
#include "conditioned_recipe.hpp"

#include <fmt/format.h>

#include "liftwell/base/error.hpp"

namespace liftwell {

void ConditioningOptions::check(Problems& problems) const {
  if (condition.empty()) problems.add("condition", "must name at least one coarse variable");
  if (!label_noise.empty() && label_noise_of)
    problems.add("label_noise_of", "cannot be given together with label_noise", {}, "one of the two");
  if (conditioning == "held" && (!label_noise.empty() || label_noise_of))
    problems.add("conditioning", "held coarse variables have no label noise", "held",
                 "'held' without label_noise, or 'label_noise'");
  if (label_noise.size() > 1 && label_noise.size() != condition.size())
    problems.add("label_noise", "must be one number, or one for each coarse variable of condition",
                 fmt::format("{} numbers for {} coarse variables", label_noise.size(), condition.size()));
}

ConditionedRecipe::ConditionedRecipe(const ConditioningOptions& options)
    : condition_(options.condition), label_noise_(options.label_noise), held_(options.held()) {
  if (options.label_noise_of) bias_ = options.label_noise_of.build();
}

Vector ConditionedRecipe::label_noise(double thermal_energy) const {
  const Index size = condition_.size();
  if (bias_) {
    const Vector sigma = bias_->sigma(thermal_energy);
    if (bias_->coarse().names() != condition_.names())
      throw InputError(fmt::format("label_noise_of names a bias on {}, but the model is conditioned on {}",
                                   fmt::join(bias_->coarse().names(), ", "), fmt::join(condition_.names(), ", ")));
    if (!sigma.allFinite())
      throw InputError("label_noise_of names a bias that holds no coarse value, so that it has no label noise");
    return sigma;
  }
  if (label_noise_.empty()) return Vector::Zero(size);
  if (label_noise_.size() == 1) return Vector::Constant(size, label_noise_.front());
  return Eigen::Map<const Vector>(label_noise_.data(), size);
}

}  // namespace liftwell
