// SPDX-License-Identifier: MIT
// Several coarse variables taken together: the restriction x -> ξ(x) of the method.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/families/coarse_variable.hpp"

namespace liftwell {

class System;

class CoarseMap {
 public:
  CoarseMap() = default;
  explicit CoarseMap(const std::vector<Component<CoarseVariable>>& variables);

  [[nodiscard]] Index size() const { return static_cast<Index>(variables_.size()); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const CoarseVariable& operator[](Index k) const { return *variables_[static_cast<std::size_t>(k)]; }
  /// "" when every variable can be evaluated on states of this dimension, else what is wrong.
  [[nodiscard]] std::string misfit(Index dimension) const;

  /// The same for states of this system, whose atoms must also be numbered alike.
  [[nodiscard]] std::string misfit(const System& system) const;

  /// "" where variable k can be at `value`, else what is wrong: it never is, or it is more than one turn of a circle,
  /// as degrees taken for radians are.
  [[nodiscard]] std::string misfit_of_value(Index k, double value) const;
  /// "" where [low, high] is no longer than one turn, else what is wrong. Ends may be infinite.
  [[nodiscard]] std::string misfit_of_interval(Index k, double low, double high) const;

  /// `values` is size x lanes.
  void values(ConstBlock x, Block values) const;
  /// As above for rows of states (any memory layout that has rows as states): n x size.
  [[nodiscard]] Matrix values(const Matrix& states) const;
  [[nodiscard]] Matrix values(const float* states, Index count, Index dimension) const;
  /// What variable k is: a length, an angle, a plain number, or `coarse` where only the workflow knows.
  [[nodiscard]] Unit measured_in(Index k) const { return units_[static_cast<std::size_t>(k)]; }
  /// Period of variable k; 0 when it is not periodic.
  [[nodiscard]] double period(Index k) const { return (*this)[k].period().value_or(0); }
  /// Difference a − b of variable k, taken on the circle for periodic ones.
  [[nodiscard]] double difference(Index k, double a, double b) const;
  /// How far variable k at `value` lies outside [low, high]; negative within. Measured from the middle, so that an
  /// angle may go round.
  [[nodiscard]] double outside(Index k, double value, double low, double high) const;

 private:
  std::vector<std::unique_ptr<CoarseVariable>> variables_;
  std::vector<std::string> names_;
  std::vector<Unit> units_;
};

}  // namespace liftwell
