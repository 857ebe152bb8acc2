// SPDX-License-Identifier: MIT
// Free energies with error bars, and the grid they are tabulated on.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/ensemble.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/execution/executor.hpp"
#include "liftwell/families/bias.hpp"

namespace liftwell {

/// Equal bins along each coarse variable.
struct Grid {
  Vector low, high;         ///< per coarse variable
  std::vector<Index> bins;  ///< per coarse variable
  [[nodiscard]] Index cells() const;
  [[nodiscard]] Matrix centres() const;  ///< cells x coarse; the last variable varies fastest
  [[nodiscard]] Matrix lower_edges() const;
  [[nodiscard]] Matrix upper_edges() const;
  /// Cell that holds `value` (coarse numbers), or nothing outside.
  [[nodiscard]] std::optional<Index> cell(const double* value) const;
};

/// F(of) − F(against) = −kT ln[P(of)/P(against)]; regions are intervals [low, high) of one coarse
/// variable, taken on the circle for periodic ones.
struct RegionPair {
  std::string name;
  Index variable = 0;
  double of_low = 0, of_high = 0;
  double against_low = 0, against_high = 0;
};

/// One simulated ensemble with the bias it was made under (null: none).
struct BiasedEnsemble {
  std::shared_ptr<const Ensemble> ensemble;
  std::shared_ptr<const Bias> bias;
};

struct EstimationRequest {
  std::vector<BiasedEnsemble> data;  ///< all at one temperature
  const CoarseMap& coarse;           ///< variables of the profile
  Grid grid;
  std::vector<RegionPair> differences;
  double thermal_energy = 0;
  RandomStream stream;  ///< for the bootstrap
  const Executor& executor;
};

/// What one stage will simulate, as far as it is known before anything ran.
struct PlannedEnsemble {
  bool biased = false;
  std::shared_ptr<const Bias> bias;  ///< null where there is none or it is yet to be learned

  /// Whether the bias holds its variables near a centre, so that each window has a width.
  [[nodiscard]] bool held() const;
};

/// What an estimator will be given, as far as it is known before anything ran.
struct PlannedData {
  const CoarseMap& coarse;  ///< variables of the profile
  Index bins = 0;           ///< of the profile
  std::vector<PlannedEnsemble> ensembles = {};
  Index dimension = 0;    ///< of states; 0 when not known
  Index frames = 0;       ///< of the longest walker, without those discarded; 0 when not known
  double frame_time = 0;  ///< the shortest time from one frame to the next; 0 when not known
};

/// Free energy and differences with error bars from simulated ensembles. F is in the delta form,
/// F(z) = −kT ln ∫ exp(−V/kT) δ(ξ − z) dx averaged over each bin, NaN where no frame fell, with a
/// minimum of 0.
/// The standard error of F(z) belongs to F aligned at its probability-weighted mean (not at the
/// noisy minimum). Frames of dropped walkers and the leading discard_frames are not used.
class Estimator {
 public:
  static FamilyInfo family() { return {"estimator", "estimators", "Free energies with error bars.", ""}; }
  virtual ~Estimator() = default;
  /// "" where it can estimate from such data, else what is wrong with them. What shows in the data only is left to
  /// estimate().
  [[nodiscard]] virtual std::string misfit(const PlannedData& /*data*/) const { return {}; }
  /// Throws InputError when the data cannot be used (no frames left, biased data for a histogram).
  [[nodiscard]] virtual FreeEnergy estimate(const EstimationRequest& request) const = 0;
};

}  // namespace liftwell
