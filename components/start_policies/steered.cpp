// SPDX-License-Identifier: MIT
// Starts pulled to their targets from one structure by a moving restraint.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "given_structures.hpp"
#include "liftwell/families/bias_stability.hpp"
#include "liftwell/families/start_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<double> position;
  std::filesystem::path file;
  Component<Bias> pull;
  double speed = 0;
  std::int64_t settle = 0;

  void check(Problems& problems) const { check_structure(position, file, problems); }
};

/// A piece of the way: from the state held at a target (or the first structure, −1) to the next one.
struct Leg {
  Index from = -1, to = 0;
  double length = 0;
};

/// One walker for each start that is wanted, pulled from target to target by a restraint whose centre moves in a
/// straight line at constant speed (Grubmüller, Heymann, Tavan, Science 271, 997 (1996); Isralewitz, Gao, Schulten,
/// Curr. Opin. Struct. Biol. 11, 224 (2001)). A target is reached from the nearest one already
/// reached, so the way is the shortest tree over start and targets. What the walkers carry along orthogonal directions
/// is the history of the pulling, which is what this policy is there to show.
class Steered final : public StartPolicy {
 public:
  explicit Steered(const Options& options)
      : options_(options), structures_(options.position, options.file), pull_(options.pull.build()) {}

  bool needs_structure() const override { return structures_.given().rows() == 0; }
  std::string misfit(Index dimension) const override {
    if (auto misfit = structures_.misfit(dimension); !misfit.empty()) return misfit;
    return pull_->coarse().misfit(dimension);
  }
  std::string misfit(const System& system) const override {
    if (auto misfit = structures_.misfit(system); !misfit.empty()) return misfit;
    if (auto misfit = bias_misfit(pull_->coarse(), system); !misfit.empty()) return misfit;
    if (!system.abilities().biases) return "needs a system that accepts a bias";
    const auto fault = unstable_everywhere(system, *pull_);
    return fault.empty() ? fault : "the restraint under 'pull' " + fault;
  }

  std::vector<StartCandidates> propose(const StartRequest& request) const override {
    if (request.targets == nullptr) throw InputError("steered needs targets: coarse values to pull to");
    if (pull_->coarse().names() != request.targets->coarse)
      throw InputError(fmt::format("steered pulls along {}, but the targets are values of {}",
                                   fmt::join(pull_->coarse().names(), ", "), fmt::join(request.targets->coarse, ", ")));
    if (const auto fault = misfit(request.system); !fault.empty()) throw InputError("steered: " + fault);
    const Matrix& targets = request.targets->values;
    const Matrix structure = structures_.of(request.system).topRows(1);
    if (const auto fault = unstable(request.system, *pull_, structure); !fault.empty())
      throw InputError("steered: the restraint under 'pull' " + fault);
    const Vector begin = pull_->coarse().values(structure).row(0).transpose();
    std::vector<Matrix> reached(static_cast<std::size_t>(targets.rows()));
    std::vector<StartCandidates> out(reached.size());
    const Matrix first = structure.replicate(request.per_target, 1);
    for (const Leg& leg : way(begin, targets)) {
      const Vector from = leg.from < 0 ? begin : Vector(targets.row(leg.from));
      const Matrix& states = leg.from < 0 ? first : reached[static_cast<std::size_t>(leg.from)];
      const auto slot = static_cast<std::size_t>(leg.to);
      reached[slot] = pulled(request, states, from, targets.row(leg.to), leg, out[slot].force_evaluations);
      out[slot].states = reached[slot];
      for (Index i = 0; i < request.per_target; ++i)
        out[slot].origin.push_back(leg.from < 0
                                       ? fmt::format("steered walker {} from the structure", i)
                                       : fmt::format("steered walker {} by way of {:.6g}", i, fmt::join(from, ", ")));
    }
    return out;
  }

 private:
  /// Prim's shortest tree: targets in the order in which they are reached.
  [[nodiscard]] std::vector<Leg> way(const Vector& begin, const Matrix& targets) const {
    const auto apart = [&](const Vector& a, const Vector& b) {
      double squares = 0;
      for (Index k = 0; k < a.size(); ++k) squares += std::pow(pull_->coarse().difference(k, a[k], b[k]), 2);
      return std::sqrt(squares);
    };
    std::vector<Leg> open;
    for (Index t = 0; t < targets.rows(); ++t) open.push_back({-1, t, apart(begin, targets.row(t))});
    std::vector<Leg> out;
    while (!open.empty()) {
      const auto next =
          std::min_element(open.begin(), open.end(), [](const Leg& a, const Leg& b) { return a.length < b.length; });
      out.push_back(*next);
      open.erase(next);
      for (Leg& leg : open)
        if (const double there = apart(targets.row(out.back().to), targets.row(leg.to)); there < leg.length)
          leg = {out.back().to, leg.to, there};
    }
    return out;
  }

  /// All walkers of one leg together; the centre moves once a step.
  [[nodiscard]] Matrix pulled(const StartRequest& request, const Matrix& states, const Vector& from, const Vector& to,
                              const Leg& leg, std::int64_t& evaluations) const {
    const System& system = request.system;
    const Index walkers = states.rows();
    BlockBuffer position(states.cols(), walkers), velocity(system.has_velocities() ? states.cols() : 0, walkers);
    BlockBuffer centre(to.size(), walkers);
    for (Index lane = 0; lane < position.block().lanes(); ++lane)
      for (Index d = 0; d < states.cols(); ++d) position.block()(d, lane) = states(std::min(lane, walkers - 1), d);
    const RandomStream noise = request.stream.part({"steering", std::to_string(leg.to)});
    WalkerTile tile{position.block(), velocity.block(), 0, {}, walkers};
    system.draw_velocities(tile, request.stream.part({"steering velocities", std::to_string(leg.to)}));
    const Restraint restraint{pull_.get(), centre.block()};
    const auto steps = static_cast<std::int64_t>(std::ceil(leg.length / (options_.speed * system.timestep())));
    for (std::int64_t step = 0; step <= steps; ++step) {
      const double fraction = steps == 0 ? 1 : static_cast<double>(step) / static_cast<double>(steps);
      for (Index k = 0; k < to.size(); ++k) {
        const double here = from[k] + fraction * pull_->coarse().difference(k, to[k], from[k]);
        for (Index lane = 0; lane < centre.block().lanes(); ++lane) centre.block()(k, lane) = here;
      }
      const std::int64_t count = step < steps ? 1 : options_.settle;
      if (count > 0)
        evaluations += walkers * system.advance(tile, &restraint, noise, static_cast<std::uint64_t>(step), count);
    }
    Matrix out(walkers, states.cols());
    for (Index i = 0; i < walkers; ++i)
      for (Index d = 0; d < states.cols(); ++d) out(i, d) = position.block()(d, i);
    return out;
  }

  Options options_;
  GivenStructures structures_;
  std::unique_ptr<Bias> pull_;
};

}  // namespace

LIFTWELL_COMPONENT(steered) {
  return Declaration<StartPolicy, Options>("steered", "Starts pulled from one structure by a moving restraint.")
      .reference(
          "Grubmueller, Heymann, Tavan, Science 271, 997 (1996), doi:10.1126/science.271.5251.997; Isralewitz, Gao, "
          "Schulten, Curr. Opin. Struct. Biol. 11, 224 (2001).")
      .parameter("position", &Options::position, unit::length,
                 "Coordinates of the structure to start from. Without position and file: the structure of the system.")
      .parameter("file", &Options::file, unit::none, structure_file_sentence)
      .parameter("pull", &Options::pull, unit::none, "The restraint that is moved, on the variables of the targets.",
                 required())
      .parameter("speed", &Options::speed, unit::coarse_speed, "Speed of its centre.", required() | above(0))
      .parameter("settle", &Options::settle, unit::none, "Steps with the centre at rest at each target.", at_least(0))
      .example(
          "{type: steered, position: [-0.55, 1.44], pull: {type: harmonic, on: {type: coordinate, index: 0}, "
          "stiffness: 2000}, speed: 1}")
      .creates<Steered>();
}

}  // namespace liftwell
