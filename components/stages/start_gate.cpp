// SPDX-License-Identifier: MIT
#include "start_gate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "correction.hpp"
#include "liftwell/families/bias_stability.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "walker_start.hpp"
#include "walker_tile.hpp"

namespace liftwell {
namespace {

/// The chain of rows after each candidate, without those before the first that is allowed. The reasons of those
/// that are turned down are added to `faults`.
std::vector<Index> metropolis_chain(const Vector& log_weights, std::vector<std::string>& faults,
                                    const RandomStream& decisions) {
  RandomSequence random(decisions, 0);
  std::vector<Index> chain;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const double u = random.uniform();
    const auto row = static_cast<Index>(i);
    if (faults[i].empty() && !std::isfinite(log_weights[row])) faults[i] = "Metropolis";
    if (faults[i].empty() && !chain.empty() && !(std::log(u) < log_weights[row] - log_weights[chain.back()]))
      faults[i] = "Metropolis";
    if (faults[i].empty())
      chain.push_back(row);
    else if (!chain.empty())
      chain.push_back(chain.back());
  }
  return chain;
}

/// `count` entries at even distances, the last one among them; all where there are fewer.
std::vector<Index> thinned(const std::vector<Index>& chain, Index count) {
  const Index size = std::ssize(chain);
  if (size <= count) return chain;
  std::vector<Index> out;
  for (Index k = 1; k <= count; ++k) out.push_back(chain[static_cast<std::size_t>(k * size / count - 1)]);
  return out;
}

Group<StructureAcceptance> structure_parameters() {
  return Group<StructureAcceptance>()
      .parameter("topology", &StructureAcceptance::topology, unit::none,
                 "PDB file of the molecule in a structure that is right; unset: structures are not looked at.")
      .parameter("chirality", &StructureAcceptance::chirality, unit::none,
                 "Whether atoms with three heavy neighbours must have the handedness of the file.")
      .parameter("omega", &StructureAcceptance::omega, unit::none,
                 "Peptide bonds: all trans, cis or trans as in the file, or any.", one_of({"as_given", "trans", "any"}))
      .parameter("twist", &StructureAcceptance::twist, unit::angle,
                 "Largest twist of a peptide bond from trans or cis; 0: up to a right angle.",
                 between(0, std::numbers::pi))
      .parameter("bonds", &StructureAcceptance::bonds, unit::length,
                 "Largest deviation of a bond's length from the file; 0: any.", at_least(0))
      .parameter("angles", &StructureAcceptance::angles, unit::angle,
                 "Largest deviation of a bond angle from the file; 0: any. Atoms with three neighbours that are flat "
                 "in the file must be flat too, so that their hydrogens are where they belong.",
                 between(0, std::numbers::pi))
      .parameter("clash", &StructureAcceptance::clash, unit::dimensionless,
                 "Least distance of atoms four bonds or more apart, in parts of the sum of their van der Waals radii; "
                 "0: any.",
                 between(0, 1));
}

}  // namespace

StructureCheck StructureAcceptance::rule() const {
  const Structure structure = read_pdb(topology);
  return {structure.topology, structure.frames.data(), {chirality, omega, twist, bonds, angles, clash}};
}

std::string StructureAcceptance::misfit(Index dimension) const {
  return wanted() ? read_pdb(topology).topology.misfit(dimension) : std::string();
}

void StructureAcceptance::check(Problems& problems) const {
  if (!wanted()) return;
  std::string unit;
  try {
    unit = doubtful_unit(read_pdb(topology));
    (void)rule();
  } catch (const Error& problem) {
    problems.add("topology", "cannot be used: " + (unit.empty() ? problem.what() : unit));
  }
}

Group<Acceptance> acceptance_parameters() {
  return Group<Acceptance>()
      .parameter("metropolis", &Acceptance::metropolis, unit::none,
                 "Accept draws by their weights, so that starts have the window's law whatever the model weighs; the "
                 "sample stage must weigh them: correct: {system, bias, chain: 0}.")
      .parameter("relax_steps", &Acceptance::relax_steps, unit::none,
                 "Steps of dynamics under the window's bias before a state is judged and handed on.", at_least(0))
      .parameter("coarse_tolerance", &Acceptance::coarse_tolerance, unit::window_sigma,
                 "Largest distance of xi from the target, in standard deviations of the window.", above(0))
      .parameter("energy_window", &Acceptance::energy_window, unit::thermal,
                 "Largest energy above the lowest candidate of the same target that is not rejected otherwise.",
                 above(0))
      .group("structure", &Acceptance::structure,
             "For molecules: what a structure must be like; states are rejected by what is wrong with them first.",
             structure_parameters());
}

StartGate::StartGate(const Acceptance& accept, const System& system, const Bias* bias)
    : accept_(accept), system_(system), bias_(bias) {
  if (bias_ != nullptr) sigma_ = bias_->sigma(system.thermal_energy());
  if (accept_.structure.wanted()) structure_ = accept_.structure.rule();
}

PassedStates StartGate::pass(const StartCandidates& candidates, const Vector* target, Index wanted,
                             const RandomStream& stream, GateCounts& counts) const {
  PassedStates out;
  const Matrix& drawn = candidates.states;
  if (drawn.rows() == 0) return out;
  const bool relaxing = accept_.relax_steps > 0;
  const bool chained = accept_.metropolis && candidates.log_weights.size() == drawn.rows();
  std::vector<std::string> reasons(static_cast<std::size_t>(drawn.rows()));  // per candidate, "" where it is good
  if (relaxing) {
    for (Index i = 0; i < drawn.rows(); ++i)
      if (!drawn.row(i).allFinite()) reasons[static_cast<std::size_t>(i)] = "not finite";
  } else {
    reasons = faults(drawn, target, counts);
  }

  std::vector<Index> picks;
  if (chained) {
    picks = thinned(metropolis_chain(candidates.log_weights, reasons, stream.part({"Metropolis"})), wanted);
  } else {
    for (Index i = 0; i < drawn.rows(); ++i)
      if (reasons[static_cast<std::size_t>(i)].empty()) picks.push_back(i);
  }
  Matrix states = drawn(picks, Eigen::all);
  std::vector<std::string> later(picks.size());  // what was wrong with each pick after relaxing
  if (relaxing && states.rows() > 0) relax(states, later, target, wanted, stream.part({"relaxation"}), counts);

  std::vector<Index> uses(reasons.size(), 0);
  std::size_t looked_at = reasons.size();
  for (std::size_t p = 0; p < picks.size(); ++p) {
    if (!later[p].empty()) continue;
    const auto row = static_cast<std::size_t>(picks[p]);
    out.states.emplace_back(states.row(static_cast<Index>(p)));
    out.origins.push_back(candidates.origin[row] + (uses[row]++ > 0 ? " (again)" : ""));
    if (std::ssize(out.states) < wanted) continue;
    if (!chained) looked_at = row + 1;  // a chain needs all of them
    break;
  }
  // A candidate that went on more than once was rejected when none of these states is good.
  for (std::size_t p = 0; p < picks.size(); ++p)
    if (const auto row = static_cast<std::size_t>(picks[p]); uses[row] == 0 && reasons[row].empty())
      reasons[row] = later[p];
  counts.proposed += static_cast<Index>(looked_at);
  for (std::size_t i = 0; i < looked_at; ++i) {
    if (reasons[i].empty())
      ++counts.accepted;
    else
      ++counts.rejected[reasons[i]];
  }
  return out;
}

std::vector<std::string> StartGate::faults(const Matrix& states, const Vector* target, GateCounts& counts) const {
  std::vector<std::string> out(static_cast<std::size_t>(states.rows()));
  Vector energy = Vector::Zero(states.rows());
  if (accept_.energy_window) {
    energy = energies(states);
    counts.force_evaluations += states.rows();
  }
  const Matrix xi = bias_ != nullptr && target != nullptr ? bias_->coarse().values(states) : Matrix{};
  // The floor is the lowest candidate of the same target that is good otherwise: an absolute scale would need F.
  double floor = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < states.rows(); ++i) {
    std::string& fault = out[static_cast<std::size_t>(i)];
    if (!states.row(i).allFinite()) {
      fault = "not finite";
      continue;
    }
    if (structure_) fault = structure_->fault(&states(i, 0));
    for (Index k = 0; fault.empty() && accept_.coarse_tolerance && k < xi.cols(); ++k)
      if (!(std::abs(bias_->coarse().difference(k, xi(i, k), (*target)[k])) <= *accept_.coarse_tolerance * sigma_[k]))
        fault = "coarse value";
    if (fault.empty() && std::isfinite(energy[i])) floor = std::min(floor, energy[i]);
  }
  if (!accept_.energy_window) return out;
  const double window = *accept_.energy_window * system_.thermal_energy();
  for (Index i = 0; i < states.rows(); ++i)
    if (std::string& fault = out[static_cast<std::size_t>(i)]; fault.empty() && !(energy[i] - floor <= window))
      fault = "energy";
  return out;
}

Vector StartGate::energies(const Matrix& states) const {
  return -system_.thermal_energy() * ExactLaw(system_, nullptr).log_density(states, {});
}

/// Moves `states` and judges where they end: all of them where energies are compared, else no more than it takes to
/// have `wanted` good ones; the rest stays where it is and has a reason too.
void StartGate::relax(Matrix& states, std::vector<std::string>& reasons, const Vector* target, Index wanted,
                      const RandomStream& stream, GateCounts& counts) const {
  if (bias_ != nullptr && target != nullptr)
    if (const auto fault = unstable(system_, *bias_, states, OutOfBounds::all); !fault.empty())
      throw InputError("the bias that relaxes starts " + fault);
  SimulationPlan plan;
  plan.system = &system_;
  plan.bias = target != nullptr ? bias_ : nullptr;
  plan.walkers = states.rows();
  plan.noise = stream.part({"noise"});
  if (plan.bias != nullptr) plan.centres = target->transpose().replicate(states.rows(), 1);
  WalkerStates walkers;
  walkers.positions = states;
  walkers.velocities = drawn_velocities(system_, states.rows(), stream.part({"velocities"}));
  if (!accept_.energy_window) plan.tile = std::min(plan.tile, padded(wanted));  // tiles affect speed only
  reasons.assign(reasons.size(), "not tried");
  Index tried = 0, good = 0;
  while (tried < states.rows() && (accept_.energy_window || good < wanted)) {
    Tile tile(plan, tried, std::min(plan.tile, states.rows() - tried));
    tile.load(walkers);
    counts.force_evaluations += tile.lanes() * tile.advance(plan.noise, 0, accept_.relax_steps);
    tile.store(walkers);
    Matrix ends = walkers.positions.middleRows(tried, tile.lanes());
    for (Index lane = 0; lane < tile.lanes(); ++lane)
      if (!tile.healthy(lane)) ends.row(lane).setConstant(std::nan(""));
    states.middleRows(tried, tile.lanes()) = ends;
    if (!accept_.energy_window) good += judge_relaxed(ends, target, &reasons[static_cast<std::size_t>(tried)], counts);
    tried += tile.lanes();
  }
  if (accept_.energy_window) judge_relaxed(states, target, reasons.data(), counts);
}

/// Of states that are no numbers where the walker was lost. Returns how many are good.
Index StartGate::judge_relaxed(const Matrix& states, const Vector* target, std::string* reasons,
                               GateCounts& counts) const {
  const std::vector<std::string> found = faults(states, target, counts);
  Index good = 0;
  for (Index i = 0; i < states.rows(); ++i) {
    reasons[i] = states.row(i).allFinite() ? found[static_cast<std::size_t>(i)] : "relaxation";
    good += reasons[i].empty();
  }
  return good;
}

}  // namespace liftwell
