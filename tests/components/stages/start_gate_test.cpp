// SPDX-License-Identifier: MIT
// The gate between generator and simulation, on candidates made up in memory.
#include "stages/start_gate.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "support/alanine_dipeptide.hpp"
#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"

namespace liftwell {
namespace {

using testing::make;

/// V = x² + y² at kT = 2, so that x and y are standard normal; a window of stiffness 6 on x, sigma = 0.577, in
/// which x has variance 2/8 about 0.75 times its centre.
struct Scene {
  explicit Scene(const std::string& integrator = "{type: leimkuhler_matthews, timestep: 0.01}")
      : system(make<System>("{potential: {type: harmonic, centre: [0, 0], stiffness: 2}, temperature: 2, integrator: " +
                            integrator + "}")) {}

  PassedStates pass(const StartCandidates& candidates, double target, Index wanted, Index number = 0) {
    const Vector z = Vector::Constant(1, target);
    return StartGate(accept, *system, bias.get())
        .pass(candidates, &z, wanted, RandomStream::named(7, {"gate", std::to_string(number)}), counts);
  }
  /// Candidates looked at have either passed or been counted under a reason.
  [[nodiscard]] bool all_accounted_for() const {
    Index rejected = 0;
    for (const auto& [reason, count] : counts.rejected) rejected += count;
    return counts.proposed == counts.accepted + rejected;
  }

  Acceptance accept;
  std::unique_ptr<System> system;
  std::unique_ptr<Bias> bias = make<Bias>("{type: harmonic, on: {type: coordinate, index: 0}, stiffness: 6}");
  GateCounts counts;
};

StartCandidates candidates(const Matrix& states) {
  StartCandidates out{.states = states};
  for (Index i = 0; i < states.rows(); ++i) out.origin.push_back("made up " + std::to_string(i));
  return out;
}

using Reasons = std::map<std::string, Index>;

TEST_CASE("each rejection is counted under its reason, and nobody looks further than wanted", "[unit]") {
  Scene scene;
  scene.accept.coarse_tolerance = 2;
  scene.accept.energy_window = 3;
  // Not a number; 2.08 sigma from the target; 5 kT above the second; good ones.
  const Matrix states{{std::nan(""), 0}, {-0.2, 0}, {1, 3.01}, {1, 0.1}, {1, 0}, {1.1, 0}};
  const PassedStates passed = scene.pass(candidates(states), 1, 2);
  CHECK(passed.origins == std::vector<std::string>{"made up 3", "made up 4"});
  CHECK(passed.states[1] == Eigen::RowVector2d(1, 0));
  CHECK(scene.counts.rejected == Reasons{{"coarse value", 1}, {"energy", 1}, {"not finite", 1}});
  CHECK(scene.counts.proposed == 5);
  CHECK(scene.counts.accepted == 2);
  CHECK(scene.counts.force_evaluations == 6);
  CHECK(scene.pass(candidates(Matrix(0, 2)), 1, 2).states.empty());
}

// Seen to fail with the lowest of all candidates: every good one lies 8 kT above the one at another x.
TEST_CASE("energies are measured from candidates that are good otherwise", "[unit]") {
  Scene scene;
  scene.accept.coarse_tolerance = 1;
  scene.accept.energy_window = 3;
  const Matrix states{{0, 0}, {4, 0}, {4.1, 0}, {4, 10}};
  CHECK(scene.pass(candidates(states), 4, 4).states.size() == 2);
  CHECK(scene.counts.rejected == Reasons{{"coarse value", 1}, {"energy", 1}});
}

// Infinite energies are no window apart from an infinite floor. Seen to fail with energy <= floor + window.
TEST_CASE("states of infinite energy are rejected even where all are", "[unit]") {
  Scene scene;
  scene.accept.energy_window = 3;
  CHECK(scene.pass(candidates(Matrix{{1e200, 0}, {2e200, 0}}), 1, 2).states.empty());
  CHECK(scene.counts.rejected == Reasons{{"energy", 2}});
}

TEST_CASE("structures of molecules are judged by chemistry before anything else", "[unit]") {
  const testing::ScratchFolder folder;
  Acceptance accept;
  accept.structure.topology = folder.write("ala.pdb", testing::alanine_dipeptide_pdb());
  CHECK(accept.structure.misfit(66).empty());
  CHECK_THAT(accept.structure.misfit(2), Catch::Contains("22 atoms"));
  const Structure structure = read_pdb(accept.structure.topology);
  Matrix states = structure.frames.replicate(4, 1);
  states.row(1) *= -1;  // the mirror image
  states(2, 9) += 0.2;  // a hydrogen far from its carbon
  states(3, 0) = std::nan("");
  std::string centre = "0";
  for (int d = 1; d < 66; ++d) centre += ", 0";
  const auto system = make<System>("{potential: {type: harmonic, centre: [" + centre +
                                   "], stiffness: 1}, temperature: 1, integrator: {type: euler_maruyama, timestep: "
                                   "0.01}}");
  GateCounts counts;
  const PassedStates passed = StartGate(accept, *system, nullptr)
                                  .pass(candidates(states), nullptr, 4, RandomStream::named(7, {"gate"}), counts);
  CHECK(passed.origins == std::vector<std::string>{"made up 0"});
  CHECK(counts.rejected == Reasons{{"chirality", 1}, {"bond length", 1}, {"not finite", 1}});
}

// 1000 candidates far off in the same spot. 20 relaxation times later they have the window's law: means within 4
// standard errors (0.016 and 0.032), variances within 4 of 4.5 % each. Seen to fail without the bias (mean -0.04,
// mean square about 0.75 1.57).
TEST_CASE("relaxing takes states to the law of their window, and is paid for", "[statistics]") {
  Scene scene;
  scene.accept.relax_steps = 1000;
  const PassedStates passed = scene.pass(candidates(Eigen::RowVector2d(3, -3).replicate(1000, 1)), 1, 1000);
  REQUIRE(passed.states.size() == 1000);
  CHECK(scene.counts.force_evaluations == 1'000'000);
  Matrix states(1000, 2);
  for (Index i = 0; i < 1000; ++i) states.row(i) = passed.states[static_cast<std::size_t>(i)];
  CHECK(states.col(0).mean() == Approx(0.75).margin(0.064));
  CHECK(states.col(1).mean() == Approx(0).margin(0.13));
  CHECK((states.col(0).array() - 0.75).square().mean() == Approx(0.25).epsilon(0.18));
  CHECK(states.col(1).array().square().mean() == Approx(1).epsilon(0.18));
}

TEST_CASE("states are judged where relaxing left them", "[unit]") {
  Scene scene;
  scene.accept.coarse_tolerance = 3;
  const StartCandidates far = candidates(Eigen::RowVector2d(4, 0).replicate(8, 1));
  CHECK(scene.pass(far, 0, 8).states.empty());
  CHECK(scene.counts.rejected == Reasons{{"coarse value", 8}});
  scene.accept.relax_steps = 500;
  CHECK(scene.pass(far, 0, 8).states.size() >= 7);
}

TEST_CASE("a state that relaxing does not survive is rejected for that", "[unit]") {
  Scene scene;
  // Too stiff for the time step across the bias, where nobody looked beforehand.
  scene.system = make<System>(
      "{potential: {type: harmonic, centre: [0, 0], stiffness: [2, 300]}, temperature: 2, integrator: {type: "
      "leimkuhler_matthews, timestep: 0.01}}");
  scene.accept.relax_steps = 100;
  CHECK(scene.pass(candidates(Matrix::Ones(3, 2)), 0, 3).states.empty());
  CHECK(scene.counts.rejected == Reasons{{"relaxation", 3}});
  CHECK(scene.all_accounted_for());
}

TEST_CASE("relaxing with inertia draws velocities for each state", "[unit]") {
  Scene scene("{type: baoab, timestep: 0.01, friction: 1}");
  scene.accept.relax_steps = 20;
  const PassedStates passed = scene.pass(candidates(Matrix::Zero(2, 2)), 0, 2);
  REQUIRE(passed.states.size() == 2);
  CHECK((passed.states[0] - passed.states[1]).norm() > 0.01);
}

/// 64 draws of y = ±2 in equal shares, with the weights that make the share of −2 a fifth.
StartCandidates two_branches(Index number) {
  Matrix states(64, 2);
  Vector log_weights(64);
  RandomSequence random(RandomStream::named(3, {"branches"}), static_cast<std::uint32_t>(number));
  for (Index i = 0; i < 64; ++i) {
    const bool lower = random.uniform() < 0.5;
    states.row(i) << 0, (lower ? -2 : 2) + 1e-3 * random.normal();
    log_weights[i] = std::log(lower ? 0.4 : 1.6);
  }
  StartCandidates out = candidates(states);
  out.log_weights = log_weights;
  return out;
}

// 400 targets with 4 starts each: a standard error of 0.01. Seen to fail without repeating the state before where a
// candidate is refused (0.29) and with w/w' for w'/w (0.81).
TEST_CASE("Metropolis acceptance gives starts the exact weights of branches", "[statistics]") {
  const Index relax = GENERATE(0, 5);
  Scene scene;
  scene.accept.metropolis = true;
  scene.accept.relax_steps = relax;
  double lower = 0, all = 0;
  for (Index t = 0; t < 400; ++t) {
    const PassedStates passed = scene.pass(two_branches(t), 0, 4, t);
    for (const auto& state : passed.states) lower += state[1] < 0, ++all;
  }
  CHECK(all == 1600);
  CHECK(lower / all == Approx(0.2).margin(0.04));
  CHECK(scene.all_accounted_for());
  CHECK(scene.counts.proposed == 400 * 64);
  REQUIRE(scene.counts.rejected.size() == 1);
  // Of proposals to a branch of the other weight, 3/4 are refused on the way down: 0.8 x 0.5 x 0.75 of all.
  CHECK(static_cast<double>(scene.counts.rejected.at("Metropolis")) / (400 * 64) == Approx(0.3).margin(0.02));
}

TEST_CASE("a chain never rests on what the other criteria refuse", "[unit]") {
  Scene scene;
  scene.accept.metropolis = true;
  scene.accept.coarse_tolerance = 1;
  StartCandidates all = candidates(Matrix{{5, 0}, {0.1, 0}, {5, 1}, {std::nan(""), 0}, {0.2, 0}});
  all.log_weights = Eigen::Vector<double, 5>(9, 0, 9, 9, 1);
  const PassedStates passed = scene.pass(all, 0, 5);
  CHECK(passed.origins == std::vector<std::string>{"made up 1", "made up 1 (again)", "made up 1 (again)", "made up 4"});
  CHECK(scene.counts.rejected == Reasons{{"coarse value", 2}, {"not finite", 1}});
  CHECK(scene.counts.accepted == 2);
  all.log_weights.setConstant(-std::numeric_limits<double>::infinity());
  CHECK(scene.pass(all, 0, 5).states.empty());
  CHECK(scene.counts.rejected.at("Metropolis") == 2);
}

TEST_CASE("candidates without weights pass Metropolis acceptance by", "[unit]") {
  Scene scene;
  scene.accept.metropolis = true;
  CHECK(scene.pass(candidates(Matrix::Zero(3, 2)), 0, 2).states.size() == 2);
  CHECK(scene.counts.proposed == 2);
}

}  // namespace
}  // namespace liftwell
