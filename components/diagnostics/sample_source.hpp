// SPDX-License-Identifier: MIT
// What a check of generated states is given per target: the draws, and the true states they are held
// against, exact or simulated.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/diagnostic.hpp"
#include "liftwell/families/representation.hpp"
#include "liftwell/registry/registry.hpp"
#include "walker_frames.hpp"

namespace liftwell {

/// Where true states come from: the parameters that all such checks share.
struct SourceOptions {
  Component<Reference> reference;
  Component<Bias> bias;
  std::optional<double> near;
  std::int64_t max_targets = 50;
  Component<Representation> representation;

  void check(Problems& problems) const {
    if (near && reference) problems.add("near", "is for simulated frames and has no use beside 'reference'");
  }
  /// "" when the reference, if any, knows the law of these coarse variables of the system, else what is wrong.
  [[nodiscard]] std::string misfit(const System& system, const CoarseMap& coarse) const;
  /// "" when the file of the representation, if any, is about the molecule of the system, else what is wrong.
  [[nodiscard]] std::string misfit(const System& system) const;
};

/// A check of draws against true states, and what it needs for that.
class SourcedCheck : public ConsistencyCheck {
 public:
  [[nodiscard]] bool needs_draws() const override { return true; }
  [[nodiscard]] bool needs_coarse() const override { return true; }
  [[nodiscard]] bool needs_data() const override { return !source_options().reference; }
  [[nodiscard]] bool needs_system() const override { return static_cast<bool>(source_options().reference); }
  using ConsistencyCheck::misfit;
  [[nodiscard]] std::string misfit(const System& system) const override { return source_options().misfit(system); }
  [[nodiscard]] std::string misfit(const System& system, const CoarseMap& coarse) const override {
    return source_options().misfit(system, coarse);
  }

 protected:
  [[nodiscard]] virtual const SourceOptions& source_options() const = 0;
};

/// Adds the parameters of SourceOptions, from which `Options` is derived.
template <class Options>
Declaration<ConsistencyCheck, Options>&& with_source(Declaration<ConsistencyCheck, Options>&& declaration) {
  return std::move(declaration)
      .template parameter<Component<Reference>>(
          "reference", &Options::reference, unit::none,
          "Exact reference to compare with; without it, simulated frames are compared with.")
      .template parameter<Component<Bias>>(
          "bias", &Options::bias, unit::none,
          "With a reference, compare with the law of this bias's window instead of the law at fixed xi.")
      .template parameter<std::optional<double>>(
          "near", &Options::near, unit::coarse,
          "Without a reference, compare with frames of all data within this distance of the target instead of the "
          "frames of the target's own window.",
          above(0))
      .template parameter<std::int64_t>("max_targets", &Options::max_targets, unit::none,
                                        "Most targets to test, evenly chosen.", at_least(1));
}

/// Adds the parameter `representation` to those of with_source, for checks that compare all coordinates of states.
template <class Options>
Declaration<ConsistencyCheck, Options>&& with_coordinates(Declaration<ConsistencyCheck, Options>&& declaration) {
  return std::move(declaration)
      .template parameter<Component<Representation>>(
          "representation", &Options::representation, unit::none,
          "Coordinates in which states are compared, such as the bonds, angles and torsions of a molecule, whose place "
          "and turn mean nothing; unset: the states as they are.");
}

/// The stream of one purpose at one target.
[[nodiscard]] RandomStream child(const RandomStream& stream, const std::string& purpose, Index target);

/// For titles: ", at 50 of 83 targets (max_targets)"; "" where all are looked at.
[[nodiscard]] std::string part_of_targets(Index chosen, Index all);

/// At most `most` rows, evenly spaced.
[[nodiscard]] Matrix evenly(const Matrix& rows, Index most);

/// Per target, the draws and
///  - with `reference`, as many independent exact draws as are asked for: from the window's law with
///    `bias` (what a model trained with that label noise should give), else from the law at ξ = z;
///  - without, simulated frames: of the windows centred at z, or with `near` those with |ξ − z| ≤ near in
///    any simulation, moved onto ξ = z where the draws hold ξ: along the gradient, or by setting the coordinate of
///    the representation that is ξ. Those of one walker are spaced so far that they are independent, see
///    IndependentRows; a slow coordinate leaves one of each walker, a fast one nearly all.
/// All of them in the coordinates of `representation`, where there is one.
class SampleSource {
 public:
  /// `check` is the name of the check, for messages. Throws InputError when something is missing.
  SampleSource(const SourceOptions& options, const DiagnosticRequest& request, const std::string& check);

  [[nodiscard]] Index targets() const { return static_cast<Index>(chosen_.size()); }
  [[nodiscard]] Index row(Index i) const { return chosen_[static_cast<std::size_t>(i)]; }  ///< of draws->targets
  [[nodiscard]] Vector target(Index i) const { return request_.draws->targets.row(row(i)); }
  /// part_of_targets of its targets.
  [[nodiscard]] std::string part() const { return part_of_targets(targets(), request_.draws->targets.rows()); }
  /// "the exact law of the window": for titles.
  [[nodiscard]] std::string law() const;
  [[nodiscard]] bool exact() const { return reference_ != nullptr; }
  /// What coordinate c of the states is called: its number, or the name it has in the representation.
  [[nodiscard]] Cell coordinate(Index c) const;

  /// The draws at target i, states x dimension; those that are not finite are left out.
  [[nodiscard]] Matrix draws(Index i) const;
  /// `count` new exact draws at target i. Only with a reference.
  [[nodiscard]] Matrix exact_draws(Index i, Index count) const;
  /// How many simulated frames there are at target i. Only without a reference, as what follows.
  [[nodiscard]] Index all_frames(Index i) const { return frames_[static_cast<std::size_t>(i)].states.rows(); }
  /// Simulated frames at target i that are independent in their slowest coordinate, hence in all.
  [[nodiscard]] Matrix frames(Index i) const;
  /// Values of coordinate c in frames at target i that are independent in this coordinate.
  [[nodiscard]] Vector frames(Index i, Index c) const;

 private:
  void read_frames();
  void find_coordinates();
  void move_onto_target(Index i);
  [[nodiscard]] Matrix seen(Matrix states) const;
  [[nodiscard]] Matrix drawn_states(Index i) const;
  [[nodiscard]] std::vector<std::vector<std::size_t>> candidates(const BiasedEnsemble& item) const;
  [[nodiscard]] bool near(const double* xi, std::size_t i) const;

  SourceOptions options_;
  const DiagnosticRequest& request_;
  std::vector<Index> chosen_;
  std::unique_ptr<Reference> reference_;
  std::unique_ptr<Bias> bias_;
  std::vector<FramesOfWalkers> frames_;            ///< per target, in the coordinates of the representation
  bool moved_ = false;                             ///< frames onto their target
  std::unique_ptr<StateCoordinates> coordinates_;  ///< null where states are compared as they are
};

}  // namespace liftwell
