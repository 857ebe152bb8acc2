// SPDX-License-Identifier: MIT
// What a declaration can say about one parameter beyond its type, unit and sentence.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace liftwell {

/// An interval of allowed numbers; applies to every entry of a list.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;

  [[nodiscard]] bool contains(double value) const;
  /// "above 0", "at least 1", "from 0 to 1"; "" when everything is allowed.
  [[nodiscard]] std::string text() const;
};

/// Everything optional about a parameter. Built by the functions below and joined with `|`:
/// `above(0) | renamed_from("k")`.
struct Attributes {
  Attributes();
  ~Attributes();
  Attributes(const Attributes&);
  Attributes(Attributes&&) noexcept;
  Attributes& operator=(const Attributes&);
  Attributes& operator=(Attributes&&) noexcept;

  bool required = false;
  Range range;
  bool infinite = false;                  ///< .inf and -.inf are numbers too
  std::vector<std::string> choices;       ///< for text: the allowed values
  std::vector<std::string> renamed_from;  ///< old keys, still accepted with a message
  std::string deprecated;                 ///< what to use instead; "" when current

  friend Attributes operator|(Attributes a, const Attributes& b);
};

[[nodiscard]] Attributes required();
[[nodiscard]] Attributes above(double low);
[[nodiscard]] Attributes at_least(double low);
[[nodiscard]] Attributes between(double low, double high);  ///< both ends allowed
[[nodiscard]] Attributes inside(double low, double high);   ///< neither end allowed
[[nodiscard]] Attributes or_infinite();
[[nodiscard]] Attributes one_of(std::vector<std::string> choices);
[[nodiscard]] Attributes renamed_from(std::string old_key);
[[nodiscard]] Attributes deprecated(std::string instead);

}  // namespace liftwell
