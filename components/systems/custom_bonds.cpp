// SPDX-License-Identifier: MIT
#include "custom_bonds.hpp"

#include <utility>

#include "liftwell/base/error.hpp"
#include "liftwell/data/expression.hpp"
#include "liftwell/data/lane_program.hpp"

namespace liftwell {

std::optional<Rest> rest_of(const std::string& energy, const std::map<std::string, double>& parameters) {
  constexpr double shortest = 0.05, longest = 0.3;  // nm
  constexpr Index lengths = 2048;
  LaneProgram program;
  try {
    ExpressionReader reader({{"r"}, parameters});
    const NodeId value = reader.read(energy);
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
