// SPDX-License-Identifier: MIT
#include "custom_bonds.hpp"

#include <regex>
#include <utility>
#include <vector>

#include "liftwell/base/error.hpp"
#include "liftwell/data/expression.hpp"
#include "liftwell/data/lane_program.hpp"

namespace liftwell {
namespace {

/// "k*(r-s)^2; k=2*b; s=0.1" with every part in the place of its name: each may name those to the right of it.
std::string without_parts(const std::string& energy) {
  std::vector<std::string> parts{""};
  for (const char c : energy)
    if (c == ';')
      parts.emplace_back();
    else
      parts.back() += c;
  static const std::regex definition(R"(\s*(\w+)\s*=([\s\S]*))");
  for (; parts.size() > 1; parts.pop_back()) {
    std::smatch found;
    if (!std::regex_match(parts.back(), found, definition)) continue;  // blank after the last semicolon
    const std::regex name("\\b" + found[1].str() + "\\b");
    const std::string value = "(" + found[2].str() + ")";
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const std::size_t equals = i == 0 ? std::string::npos : parts[i].find('=');
      const std::size_t from = equals == std::string::npos ? 0 : equals + 1;
      parts[i] = parts[i].substr(0, from) + std::regex_replace(parts[i].substr(from), name, value);
    }
  }
  return parts.front();
}

}  // namespace

std::optional<Rest> rest_of(const std::string& energy, const std::map<std::string, double>& parameters) {
  constexpr double shortest = 0.05, longest = 0.3;  // nm
  constexpr Index lengths = 2048;
  LaneProgram program;
  try {
    ExpressionReader reader({{"r"}, parameters});
    const NodeId value = reader.read(without_parts(energy));
    const NodeId slope = reader.graph().gradient(value).front();
    program = LaneProgram(reader.graph(), {value, reader.graph().gradient(slope).front()});
  } catch (const InputError&) {
    return std::nullopt;
  }
  BlockBuffer r(1, lengths), out(2, lengths);
  for (Index i = 0; i < lengths; ++i)
    r.block()(0, i) = shortest + (longest - shortest) * static_cast<double>(i) / static_cast<double>(lengths - 1);
  program.run(std::as_const(r).block(), out.block());
  Index lowest = 0;
  const auto values = out.block().row(0).head(lengths);
  values.minCoeff(&lowest);
  if (lowest == 0 || lowest == lengths - 1 || !values.isFinite().all()) return std::nullopt;
  return Rest{r.block()(0, lowest), out.block()(1, lowest)};
}

}  // namespace liftwell
