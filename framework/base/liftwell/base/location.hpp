// SPDX-License-Identifier: MIT
// Where a piece of user input stands.
#pragma once

#include <string>

namespace liftwell {

/// A position in a text the user wrote. Lines and columns count from 1; 0 means "not known", as for
/// a value given on the command line, whose `source` is then "--set key=value".
struct Location {
  std::string source;
  int line = 0;
  int column = 0;

  /// "file:line:column", or just the source where there is no line.
  [[nodiscard]] std::string text() const;
};

}  // namespace liftwell
