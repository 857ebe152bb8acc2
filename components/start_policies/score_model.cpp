// SPDX-License-Identifier: MIT
// Starts from states that a trained score model drew at the target.
#include <fmt/format.h>

#include "liftwell/families/start_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {};

/// Hands on the draws of a `sample` stage, each to the target it was drawn for, in the order drawn:
/// independent draws have no order of merit. Targets nobody drew at get no candidates.
class ScoreModelStarts final : public StartPolicy {
 public:
  explicit ScoreModelStarts(const Options&) {}

  bool needs_draws() const override { return true; }

  std::vector<StartCandidates> propose(const StartRequest& request) const override {
    if (request.draws == nullptr) throw InputError("score_model starts need the draws of a sample stage");
    const Draws& draws = *request.draws;
    if (request.targets == nullptr) {
      std::vector<StartCandidates> all(1);
      all[0].states = draws.states.cast<double>();
      for (Index i = 0; i < draws.states.rows(); ++i) all[0].origin.push_back(fmt::format("score_model draw {}", i));
      // Weights of draws are known up to a factor for each target, so that those of several do not compare.
      if (draws.targets.rows() == 1) all[0].log_weights = draws.log_weights;
      return all;
    }
    const Matrix& targets = request.targets->values;
    std::vector<StartCandidates> out(static_cast<std::size_t>(targets.rows()));
    for (Index t = 0; t < targets.rows(); ++t) {
      std::vector<Index> rows;
      for (std::size_t i = 0; i < draws.target.size(); ++i)
        if (same(draws.targets.row(draws.target[i]), targets.row(t))) rows.push_back(static_cast<Index>(i));
      StartCandidates& candidates = out[static_cast<std::size_t>(t)];
      candidates.states.resize(static_cast<Index>(rows.size()), draws.states.cols());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        candidates.states.row(static_cast<Index>(i)) = draws.states.row(rows[i]).cast<double>();
        candidates.origin.push_back(fmt::format("score_model draw {}", rows[i]));
      }
      if (draws.log_weights.size() > 0) candidates.log_weights = draws.log_weights(rows);
    }
    return out;
  }

 private:
  template <class A, class B>
  static bool same(const A& a, const B& b) {
    return (a - b).cwiseAbs().maxCoeff() <= 1e-9 * (1 + b.cwiseAbs().maxCoeff());
  }
};

}  // namespace

LIFTWELL_COMPONENT(score_model) {
  return Declaration<StartPolicy, Options>("score_model", "Starts from states drawn by a trained score model.")
      .reference("Song et al., ICLR 2021 (arXiv 2011.13456), for the model; lifting of coarse values to fine states.")
      .example("{type: score_model}")
      .creates<ScoreModelStarts>();
}

}  // namespace liftwell
