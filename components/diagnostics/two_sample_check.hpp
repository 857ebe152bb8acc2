// SPDX-License-Identifier: MIT
// A check that holds draws against true states by a distance between samples: everything but the
// distance itself.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sample_distance.hpp"
#include "sample_source.hpp"

namespace liftwell {

struct TwoSampleOptions : SourceOptions {
  std::int64_t subsample = 400;
  std::int64_t repeats = 1;
  std::int64_t permutations = 199;

  void check(Problems& problems) const {
    SourceOptions::check(problems);
    if (repeats > 1 && !reference) problems.add("repeats", "needs a 'reference' to draw new exact states from");
  }
};

/// Adds the parameters of TwoSampleOptions, from which `Options` is derived.
template <class Options>
Declaration<ConsistencyCheck, Options>&& with_two_samples(Declaration<ConsistencyCheck, Options>&& declaration) {
  return with_coordinates(with_source(std::move(declaration)))
      .template parameter<std::int64_t>("subsample", &Options::subsample, unit::none,
                                        "Most states of either kind per target and repeat.", at_least(8))
      .template parameter<std::int64_t>(
          "repeats", &Options::repeats, unit::none,
          "Distances to average per target: each with new exact states, and with other draws while there are enough.",
          at_least(1))
      .template parameter<std::int64_t>("permutations", &Options::permutations, unit::none,
                                        "Permutations for the p-value.", at_least(19));
}

/// Coordinates that vary in the true states, divided by their standard deviation.
class Standardisation {
 public:
  /// Which coordinates vary is seen in `truth`, mean and deviation are those of `scale`.
  Standardisation(const Matrix& truth, const Matrix& scale);
  [[nodiscard]] Matrix operator()(const Matrix& states) const;
  [[nodiscard]] const std::vector<Index>& coordinates() const { return kept_; }

 private:
  std::vector<Index> kept_;
  Vector mean_, deviation_;
};

/// Per target, the distance D between draws and true states of the same number, and the distance N
/// between two samples of the true law, which is what D is on average when the draws are right:
///  - with a reference, D is the mean over `repeats` exact samples, N over max(8, repeats) pairs;
///  - for simulated frames, N is the mean over random divisions of the pooled states. Checks of one coordinate after
///  the
///    other take the frames that are independent in it: many for a bond that trembles, few for a torsion that hardly
///    turns.
/// N is the floor below which nothing can be told from right draws; it falls with the number of states. The ratio is
/// D/N, the excess D − N. Standard errors come from the scatter of the D and of the N, and include the error of draws
/// that serve in several repeats. Of a single D it is the scatter of the N, which is right under equality, and with
/// simulated frames that of D over resampled states where it is larger. Everything that scales or bins the states is
/// taken from states that are independent of those tested, or symmetric in both, so that p-values are exact.
class TwoSampleCheck : public SourcedCheck {
 public:
  [[nodiscard]] Findings evaluate(const DiagnosticRequest& request) const override;

 protected:
  struct Naming {
    std::string key;              ///< "energy_distance"
    std::string title;            ///< "Energy distance"
    std::string unit;             ///< of the distance
    bool per_coordinate = false;  ///< one part per coordinate
  };
  [[nodiscard]] virtual Naming naming() const = 0;
  [[nodiscard]] virtual const TwoSampleOptions& options() const = 0;
  [[nodiscard]] const SourceOptions& source_options() const override { return options(); }
  /// The distance to use at one target; `scale` holds standardised states to take bandwidths or bins from.
  [[nodiscard]] virtual std::unique_ptr<SampleDistance> distance(const Matrix& scale,
                                                                 const RandomStream& stream) const = 0;

 private:
  struct Outcome;
  struct Samples;
  [[nodiscard]] std::vector<Outcome> outcomes(const Samples& samples, const RandomStream& stream) const;
  [[nodiscard]] std::vector<Outcome> compare(const DiagnosticRequest& request, const SampleSource& source,
                                             Index target) const;
  [[nodiscard]] std::vector<Outcome> compare_simulated(const SampleSource& source, Index target, const Matrix& draws,
                                                       const RandomStream& stream) const;
  [[nodiscard]] Findings report(const DiagnosticRequest& request, const SampleSource& source,
                                const std::vector<std::vector<Outcome>>& targets) const;
};

}  // namespace liftwell
