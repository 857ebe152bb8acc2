// SPDX-License-Identifier: MIT
#include "learned_recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "affine_coarse.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/families/molecule_file.hpp"
#include "liftwell/families/system.hpp"
#include "represented_model.hpp"

namespace liftwell {
namespace {

/// States spread over the data.
Matrix probes_of(const FloatMatrix& states) {
  const Index count = std::min<Index>(states.rows(), 64);
  Matrix out(count, states.cols());
  for (Index i = 0; i < count; ++i) out.row(i) = states.row(i * states.rows() / count).cast<double>();
  return out;
}

/// States that are no worse than others to tell a linear function from one that is not.
Matrix made_up_states(Index dimension) {
  constexpr Index count = 8;
  RandomSequence random(RandomStream::named(0, {"made-up states"}), 0);
  Matrix out(count, dimension);
  for (double& value : out.reshaped()) value = random.normal();
  return out;
}

/// Which coordinates the coarse variables are, each one of its own. Throws InputError where one is none of them.
std::vector<Index> held_coordinates(const CoarseMap& coarse, const StateCoordinates& map, const Matrix& states) {
  const Matrix q = map.coordinates_of(states), xi = coarse.values(states);
  std::vector<Index> out;
  for (Index k = 0; k < coarse.size(); ++k) {
    const double period = coarse.period(k);
    const auto is = [&](Index j) {
      double worst = 0;
      for (Index i = 0; i < q.rows(); ++i) {
        const double apart = q(i, j) - xi(i, k);
        worst = std::max(worst, std::abs(period > 0 ? std::remainder(apart, period) : apart));
      }
      return worst < 1e-9;
    };
    Index found = 0;
    while (found < q.cols() && !is(found)) ++found;
    if (found == q.cols())
      throw InputError(fmt::format(
          "'{}' cannot be held: it is none of the coordinates of the representation; name its torsion there "
          "(torsions of internal_coordinates), or condition on it with label noise instead",
          coarse.names()[static_cast<std::size_t>(k)]));
    if (std::count(out.begin(), out.end(), found) > 0)
      throw InputError(fmt::format("'{}' cannot be held beside a coarse variable that is the same coordinate",
                                   coarse.names()[static_cast<std::size_t>(k)]));
    out.push_back(found);
  }
  return out;
}

/// In pieces: double precision takes twice the memory of the data.
FloatMatrix in_coordinates(const FloatMatrix& states, const StateCoordinates& map, const std::string& component) {
  FloatMatrix out(states.rows(), map.size());
  constexpr Index piece = 4096;
  for (Index first = 0; first < states.rows(); first += piece) {
    const Index count = std::min(piece, states.rows() - first);
    out.middleRows(first, count) = map.coordinates_of(states.middleRows(first, count).cast<double>()).cast<float>();
  }
  for (Index i = 0; i < out.rows(); ++i)
    if (!out.row(i).allFinite())
      throw RunError(
          fmt::format("{} cannot be trained on a state without the coordinates of the representation (row {} "
                      "of {}): atoms lie on each other or in a line",
                      component, i, out.rows()));
  return out;
}

}  // namespace

LearnedRecipe::LearnedRecipe(std::string name, const ConditioningOptions& options, Circles circles)
    : ConditionedRecipe(options), name_(std::move(name)), circles_(circles == Circles::learned) {
  if (options.representation) representation_ = options.representation.build();
}

std::string LearnedRecipe::misfit(Index dimension) const {
  if (std::string problem = ConditionedRecipe::misfit(dimension); !problem.empty()) return problem;
  if (!representation_) {
    if (!holds_condition()) return {};
    try {
      (void)held_form(made_up_states(dimension));
    } catch (const InputError& problem) {
      return problem.what();
    }
    return {};
  }
  if (std::string problem = representation_->misfit(dimension); !problem.empty() || !holds_condition()) return problem;
  // Which of the coordinates are held is seen on any states: no reason to simulate first.
  try {
    const FloatMatrix examples = representation_->examples(dimension);
    const auto map = representation_->with(representation_->fit(examples, circles_));
    (void)held_coordinates(condition(), *map, examples.cast<double>());
  } catch (const InputError& problem) {
    return problem.what();
  }
  return {};
}

/// Files first: with atoms in another order, the coarse variable would not be one of the coordinates.
std::string LearnedRecipe::misfit(const System& system) const {
  if (representation_ && representation_->molecule() != nullptr) {
    const Structure& molecule = *representation_->molecule();
    if (const std::string problem = file_misfit(molecule, system); !problem.empty())
      return "the file of the representation " + problem;
    const Mechanics assumed = representation_->mechanics();
    if (assumed.masses.size() > 0)
      if (const std::string problem = mechanics_misfit(assumed, system.mechanics(), molecule.topology);
          !problem.empty())
        return "the representation " + problem;
  }
  return ConditionedRecipe::misfit(system);
}

AffineCoarse LearnedRecipe::held_form(const Matrix& states) const {
  return affine_coarse(
      condition(), states,
      "cannot be held: it is not a linear function of the state; condition on it with label noise, or learn states "
      "in a representation of which it is a coordinate");
}

std::unique_ptr<Training> LearnedRecipe::start_training(TrainingData data, RandomStream stream,
                                                        const Executor& executor) const {
  check_training_data(name_, data);
  if (const std::string problem = misfit(data.states.cols()); !problem.empty())
    throw InputError(fmt::format("{} cannot be trained on these states: {}", name_, problem));
  FrameSetup frame;
  frame.period.resize(condition().size());
  for (Index k = 0; k < frame.period.size(); ++k) frame.period[k] = condition().period(k);
  if (!representation_) {
    if (holds_condition()) frame.held = held_form(probes_of(data.states));
    return learn(std::move(data), std::move(frame), stream, executor);
  }
  RepresentationData stored;
  stored.fitted = representation_->fit(data.states, circles_);
  const auto map = representation_->with(stored.fitted);
  if (holds_condition()) {
    stored.held = held_coordinates(condition(), *map, probes_of(data.states));
    frame.held = AffineCoarse{Matrix::Zero(condition().size(), map->size()), Vector::Zero(condition().size())};
    for (std::size_t k = 0; k < stored.held.size(); ++k) frame.held->slopes(static_cast<Index>(k), stored.held[k]) = 1;
  }
  frame.choice.periods = map->periods();
  data.states = in_coordinates(data.states, *map, name_);
  return represented_training(learn(std::move(data), std::move(frame), stream, executor), std::move(stored));
}

std::unique_ptr<TrainedScoreModel> LearnedRecipe::load(const std::filesystem::path& folder) const {
  auto model = learned(folder);
  if (!representation_) return model;
  const RepresentationData stored = RepresentationData::load(folder / "representation.h5");
  return represented_model(std::move(model), representation_->with(stored.fitted), stored.held);
}

}  // namespace liftwell
