// SPDX-License-Identifier: MIT
#include "liftwell/families/coarse_map.hpp"

#include <fmt/format.h>

#include <cmath>

#include "liftwell/families/molecule_file.hpp"
#include "liftwell/families/system.hpp"

namespace liftwell {
namespace {

constexpr Index tile_lanes = 256;

/// Values of states whose coordinate d of state i is states[i * dimension + d].
template <class Scalar>
Matrix values_of_rows(const CoarseMap& map, const Scalar* states, Index count, Index dimension) {
  Matrix out(count, map.size());
  BlockBuffer x(dimension, std::min(tile_lanes, padded(count)));
  BlockBuffer xi(map.size(), x.block().lanes());
  for (Index first = 0; first < count; first += x.block().lanes()) {
    const Index used = std::min(x.block().lanes(), count - first);
    // Lanes past the last state keep what the tile before left there, or zeros.
    for (Index lane = 0; lane < used; ++lane)
      for (Index d = 0; d < dimension; ++d)
        x.block()(d, lane) = static_cast<double>(states[(first + lane) * dimension + d]);
    map.values(x.block(), xi.block());
    for (Index lane = 0; lane < used; ++lane)
      for (Index k = 0; k < map.size(); ++k) out(first + lane, k) = xi.block()(k, lane);
  }
  return out;
}

}  // namespace

CoarseMap::CoarseMap(const std::vector<Component<CoarseVariable>>& variables) {
  for (const Component<CoarseVariable>& variable : variables) {
    variables_.push_back(variable.build());
    names_.push_back(variable.name());
    const ComponentDeclaration* declaration = variable.configured().declaration;
    units_.push_back(declaration != nullptr ? declaration->measured_in : unit::coarse);
  }
}

std::string CoarseMap::misfit(Index dimension) const {
  for (std::size_t k = 0; k < variables_.size(); ++k)
    if (const std::string problem = variables_[k]->misfit(dimension); !problem.empty())
      return "coarse variable " + names_[k] + ": " + problem;
  return {};
}

std::string CoarseMap::misfit(const System& system) const {
  if (const std::string problem = misfit(system.dimension()); !problem.empty()) return problem;
  for (std::size_t k = 0; k < variables_.size(); ++k) {
    if (variables_[k]->molecule() == nullptr) continue;
    if (const std::string problem = file_misfit(*variables_[k]->molecule(), system); !problem.empty())
      return fmt::format("coarse variable {}: its file {}", names_[k], problem);
  }
  return {};
}

void CoarseMap::values(ConstBlock x, Block values) const {
  for (Index k = 0; k < size(); ++k) (*this)[k].evaluate(x, &values(k, 0), Block{});
}

Matrix CoarseMap::values(const Matrix& states) const {
  return values_of_rows(*this, states.data(), states.rows(), states.cols());
}

Matrix CoarseMap::values(const float* states, Index count, Index dimension) const {
  return values_of_rows(*this, states, count, dimension);
}

double CoarseMap::difference(Index k, double a, double b) const {
  const auto period = (*this)[k].period();
  const double plain = a - b;
  return period ? plain - *period * std::nearbyint(plain / *period) : plain;
}

std::string CoarseMap::misfit_of_value(Index k, double value) const {
  constexpr double rounding = 1e-6;
  const std::string& name = names_[static_cast<std::size_t>(k)];
  const std::string in_rad = measured_in(k) == unit::angle ? "; angles are in rad where no unit is written" : "";
  const double turn = period(k);
  if (turn > 0 && std::abs(value) > turn * (1 + rounding))
    return fmt::format("has {} = {:.6g}, which is more than one turn of {:.6g}{}", name, value, turn, in_rad);
  const auto [low, high] = (*this)[k].range();
  if (value >= low - rounding && value <= high + rounding) return {};
  return fmt::format("has {} = {:.6g}, which it never is: {}{}", name, value,
                     std::isfinite(high) ? fmt::format("it goes from {:.6g} to {:.6g}", low, high)
                                         : fmt::format("it is not below {:.6g}", low),
                     in_rad);
}

std::string CoarseMap::misfit_of_interval(Index k, double low, double high) const {
  const double turn = period(k);
  if (!(turn > 0)) return {};
  for (const double end : {low, high})
    if (std::isfinite(end) && std::abs(end) > 2 * turn) return misfit_of_value(k, end);
  if (!std::isfinite(high - low) || high - low <= turn * (1 + 1e-9)) return {};
  return fmt::format("goes from {:.6g} to {:.6g} along {}, over more than one turn of {:.6g}{}", low, high,
                     names_[static_cast<std::size_t>(k)], turn,
                     measured_in(k) == unit::angle ? "; angles are in rad where no unit is written" : "");
}

double CoarseMap::outside(Index k, double value, double low, double high) const {
  return std::abs(difference(k, value, (low + high) / 2)) - (high - low) / 2;
}

template const ValueAccess& value_access<std::vector<Component<CoarseVariable>>>();

}  // namespace liftwell
