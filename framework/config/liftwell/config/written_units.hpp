// SPDX-License-Identifier: MIT
// Whether units written with numbers, or left out, are those of the coarse variables that they are about.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/registry/declaration.hpp"
#include "liftwell/registry/extraction.hpp"

namespace liftwell {

/// A component that another one is made of, and where.
struct ComponentPart {
  std::string path;  ///< "biases.window.on[1]"
  std::shared_ptr<const Configured> component;
};

/// Parameters "in the unit of the coarse variable" take nm, deg and others. Which of them is right, the variables under
/// `on` or `coordinates` tell: of the component itself, of its `bias` or `pull`, or of the one that it is part of. The
/// k-th of n variables has the numbers k, k + n, … of a list; where there is one variable, or the component names its
/// `variable`, that one has all. An angle of more than a turn without a unit is meant in degrees.
class WrittenUnits {
 public:
  /// Called for each component when it was read from `node`, after those that it is made of. False where it reported
  /// something.
  bool check(const Configured& component, const Node& node, const std::vector<ComponentPart>& parts,
             Extraction& extraction);

 private:
  struct Written {
    std::string path, text, variable;  ///< text: the unit
    Unit unit;
    std::size_t place = 0;
    double number = 0;
    Location location;
  };
  static bool check_one(const Written& written, const Configured& variable, Extraction& extraction);
  [[nodiscard]] static std::vector<Written> written_in(const Configured& component, const Node& node);

  using Variables = std::vector<std::shared_ptr<const Configured>>;
  std::map<std::string, Variables> variables_;        ///< by path of the component that is about them
  std::map<std::string, std::vector<Written>> open_;  ///< by path, of components without variables of their own
};

}  // namespace liftwell
