// SPDX-License-Identifier: MIT
// Formulas that users write as text: "barrier*(x^2 - 1)^2 + (y - sin(x))^2/(2*epsilon)".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "liftwell/data/expression_graph.hpp"
#include "liftwell/registry/parameter.hpp"

namespace liftwell {

/// What formulas may speak of besides functions and pi.
struct ExpressionNames {
  std::vector<std::string> coordinates;      ///< coordinate d of the state is called coordinates[d]
  std::map<std::string, double> parameters;  ///< constants

  /// Adds what is wrong with the names themselves to `problems`, at the keys `coordinates` and `parameters`.
  void check(Problems& problems) const;
};

/// Reads formulas into one graph. The grammar is muParser's: numbers, + - * / ^ (right-associative, before the
/// sign), parentheses and functions.
class ExpressionReader {
 public:
  explicit ExpressionReader(const ExpressionNames& names);

  /// Throws InputError with what is wrong, at which character, what is allowed, and the nearest name.
  [[nodiscard]] NodeId read(const std::string& text);
  /// The same as a finding at `key`; then a constant stands for the formula.
  [[nodiscard]] NodeId read(const std::string& text, const std::string& key, Problems& problems);

  [[nodiscard]] ExpressionGraph& graph() { return graph_; }

 private:
  ExpressionNames names_;
  ExpressionGraph graph_;
};

}  // namespace liftwell
