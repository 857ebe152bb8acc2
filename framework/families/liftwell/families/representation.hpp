// SPDX-License-Identifier: MIT
// Other coordinates of states, in which a score model learns and draws.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/data/mechanics.hpp"
#include "liftwell/data/topology.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// q(x), and x(q) up to where the whole molecule is and how it is turned, which no energy of it knows. A row of a
/// result depends on the same row of the argument only.
class StateCoordinates {
 public:
  virtual ~StateCoordinates() = default;

  [[nodiscard]] virtual Index dimension() const = 0;  ///< numbers in x
  [[nodiscard]] virtual Index size() const = 0;       ///< numbers in q
  /// Period of each of q, 0 for those that have none.
  [[nodiscard]] virtual const Vector& periods() const = 0;
  /// What each of q is called: "torsion C-N-CA-C of ALA 2".
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;

  /// n x size.
  [[nodiscard]] virtual Matrix coordinates_of(const Matrix& states) const = 0;
  /// n x dimension. A state that has not these coordinates (a bond of negative length) is all NaN: there is no such q.
  [[nodiscard]] virtual Matrix states_of(const Matrix& coordinates) const = 0;

  /// The value in the range of a coordinate that means the same state: angles are the same after a turn.
  [[nodiscard]] virtual double folded(Index /*coordinate*/, double value) const { return value; }

  /// ln of the volume of states, in the measure that dynamics samples, to each unit of volume of q, up to a constant:
  /// where states have the density exp(−V/kT), q has exp(−V/kT + log_volume). One for each row of `states`.
  [[nodiscard]] virtual Vector log_volume(const Matrix& states) const = 0;
  /// "" where log_volume is known, else why it is not.
  [[nodiscard]] virtual std::string why_no_volume() const { return {}; }
};

/// How coordinates are chosen.
class Representation {
 public:
  static FamilyInfo family() {
    return {"representation", "representations", "Coordinates in which a score model sees states.", ""};
  }
  virtual ~Representation() = default;

  /// "" when states of this dimension have such coordinates, else what is wrong.
  [[nodiscard]] virtual std::string misfit(Index dimension) const = 0;
  /// The molecule that its parameters are about, where a file describes it; else null.
  [[nodiscard]] virtual const Structure* molecule() const { return nullptr; }
  /// What it takes for granted of how the molecule moves; without masses where it takes nothing for granted.
  [[nodiscard]] virtual Mechanics mechanics() const { return {}; }
  /// States of `dimension` numbers that have such coordinates and meet its parameters: what can be tried before there
  /// are data, such as whether a coarse variable is one of the coordinates.
  [[nodiscard]] virtual FloatMatrix examples(Index dimension) const = 0;
  /// What it takes from data (n x dimension): numbers that are stored with the model. `circles`: whether the model can
  /// learn periodic coordinates; else they are cut where there are the fewest data. Throws InputError where the data
  /// contradict its parameters.
  [[nodiscard]] virtual Matrix fit(const FloatMatrix& states, bool circles) const = 0;
  /// The coordinates that these numbers define. Throws StorageError where they are not of this representation.
  [[nodiscard]] virtual std::unique_ptr<StateCoordinates> with(const Matrix& fitted) const = 0;
};

}  // namespace liftwell
