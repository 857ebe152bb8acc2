// SPDX-License-Identifier: MIT
#include "liftwell/base/display_unit.hpp"

#include <array>
#include <cctype>
#include <utility>

namespace liftwell {

std::string display_unit(std::string_view dimension) {
  using Word = std::pair<std::string_view, std::string_view>;
  constexpr std::array words{Word{"energy", "kJ/mol"}, Word{"time", "ps"}, Word{"length", "nm"}, Word{"mass", "Da"},
                             Word{"angle", "rad"}};
  std::string out;
  for (std::size_t at = 0; at < dimension.size();) {
    std::size_t end = at;
    while (end < dimension.size() && std::isalpha(static_cast<unsigned char>(dimension[end])) != 0) ++end;
    if (end == at) {
      out += dimension[at++];
      continue;
    }
    std::string_view word = dimension.substr(at, end - at);
    for (const auto& [name, unit] : words)
      if (word == name) word = unit;
    out += word;
    at = end;
  }
  return out;
}

std::string after_number(const std::string& unit) { return unit.empty() ? unit : " " + unit; }

std::string display_measure(Unit measured_in) {
  return measured_in == unit::length || measured_in == unit::angle ? display_unit(measured_in.name) : std::string();
}

}  // namespace liftwell
