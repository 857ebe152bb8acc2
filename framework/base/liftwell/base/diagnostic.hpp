// SPDX-License-Identifier: MIT
// One finding about user input, and the list they are collected in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "liftwell/base/location.hpp"

namespace liftwell {

/// What is wrong, where, what was given, what is allowed, and the nearest valid spelling.
/// Empty fields are left out of the text.
struct Diagnostic {
  Location location;
  std::string path;        ///< dotted path in the workflow, e.g. "biases.window.stiffness"
  std::string message;     ///< lower case, no full stop: "must be above 0"
  std::string given;       ///< the offending text
  std::string allowed;     ///< what would be accepted, in words
  std::string suggestion;  ///< a valid name near the one given
  std::string where;       ///< which variant of the workflow it is about: "in the point kT=8"; "" when in all

  /// "file:1:2: path: message (given); allowed; did you mean 'suggestion'? [where]"
  [[nodiscard]] std::string text() const;
};

using Diagnostics = std::vector<Diagnostic>;

/// The candidate nearest to `word` (Damerau-Levenshtein), or "" when none is near enough to be a slip.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "a, b or c"
[[nodiscard]] std::string join_or(const std::vector<std::string>& words);

}  // namespace liftwell
