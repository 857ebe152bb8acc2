// SPDX-License-Identifier: MIT
// What every walker of a window went through, as chains of numbers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/diagnostic.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// What is looked at in each window.
struct ChainOptions {
  std::vector<Component<CoarseVariable>> coordinates;
  std::vector<double> thresholds;
  double margin = 0;
  std::int64_t max_frames = 2'000'000;

  void check(Problems& problems) const;
};

/// Adds the parameters of ChainOptions, from which `Options` is derived.
template <class Options>
Declaration<ConsistencyCheck, Options>&& with_chains(Declaration<ConsistencyCheck, Options>&& declaration) {
  return std::move(declaration)
      .template parameter<std::vector<Component<CoarseVariable>>>(
          "coordinates", &Options::coordinates, unit::none,
          "Slow coordinates orthogonal to the biased one, in which a window may be stuck.", required())
      .template parameter<std::vector<double>>("thresholds", &Options::thresholds, unit::coarse,
                                               "Per coordinate, the value that divides its two branches, whose weights "
                                               "and crossings are then looked at too.")
      .template parameter<double>("margin", &Options::margin, unit::coarse,
                                  "A walker changes its branch once it is this far beyond the threshold.", at_least(0))
      .template parameter<std::int64_t>("max_frames", &Options::max_frames, unit::none,
                                        "Most frames of a stage to look at; more are thinned evenly.", at_least(1));
}

/// All walkers with one bias and one centre, whatever the cycle; unbiased walkers are one window, and so are those
/// of a bias without centres.
struct WindowChains {
  std::vector<std::string> coarse;          ///< names of the coarse variables of the bias; none when unbiased
  std::vector<double> centre;               ///< one value per coarse variable; empty without centres
  double frame_time = 0;                    ///< time between the frames looked at
  std::vector<std::string> names;           ///< of what was looked at: the coordinates, then the coarse variables
  std::vector<std::vector<Vector>> chains;  ///< per name, per walker

  /// "-0.2", "-0.2, 1.4" or "unbiased": for tables.
  [[nodiscard]] std::string label() const;
};

/// Windows by centre, with at most about `max_frames` frames (thinned evenly) of the walkers that went
/// through to the end. Of a periodic coarse variable the chains hold the turn around the window's centre,
/// so that walkers do not jump by a period.
[[nodiscard]] std::vector<WindowChains> window_chains(const std::vector<BiasedEnsemble>& data,
                                                      const CoarseMap& coordinates, Index max_frames);

/// Which of two branches each walker is in: 1 above the threshold, 0 below. With a margin it is the side on
/// which the walker was last further than that from the threshold (the core set it visited last; Buchete
/// and Hummer, J. Phys. Chem. B 112, 6057 (2008)), so that trembling at the threshold changes nothing. Before
/// that, the side of the threshold it is on.
struct Branch {
  std::vector<Vector> inside;  ///< per walker, per frame: 0 or 1
  std::vector<double> shares;  ///< per walker: share of frames above the threshold
  double weight = 0;           ///< mean of `shares`
  double error = 0;            ///< standard error of `weight` from the spread of walkers; NaN for one walker
  double crossings = 0;        ///< changes of `inside` that are seen, all walkers together

  Branch(const std::vector<Vector>& chains, double threshold, double margin);
};

}  // namespace liftwell
