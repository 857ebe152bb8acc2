// SPDX-License-Identifier: MIT
#include "liftwell/data/mechanics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

namespace liftwell {
namespace {

std::set<Bond> sorted(const std::vector<Bond>& bonds) {
  std::set<Bond> out;
  for (const auto& [a, b] : bonds) out.insert(std::minmax(a, b));
  return out;
}

/// The first of `some` that is not among `others`, in words; "" where all are.
std::string first_beside(const std::set<Bond>& some, const std::set<Bond>& others, const Topology& topology) {
  std::vector<Bond> beside;
  std::set_difference(some.begin(), some.end(), others.begin(), others.end(), std::back_inserter(beside));
  if (beside.empty()) return {};
  const auto [a, b] = beside.front();
  return fmt::format("the distance of atoms {} ({}) and {} ({}){}", a, topology[a].label(), b, topology[b].label(),
                     beside.size() > 1 ? fmt::format(" and {} more", beside.size() - 1) : "");
}

/// Hydrogens come first: the atoms that they took their mass from are other ones because of them. −1 where none is.
Index first_of_other_mass(const Vector& assumed, const Vector& actual, const Topology& topology) {
  constexpr double tables = 0.005;
  for (const bool hydrogen : {true, false})
    for (Index i = 0; i < assumed.size(); ++i)
      if ((topology[i].element->symbol == "H") == hydrogen && actual[i] > 0 &&
          std::abs(assumed[i] - actual[i]) > tables * actual[i])
        return i;
  return -1;
}

}  // namespace

std::string mechanics_misfit(const Mechanics& assumed, const Mechanics& actual, const Topology& topology) {
  if (actual.masses.size() == 0) return {};
  const std::set<Bond> held = sorted(assumed.fixed), fixed = sorted(actual.fixed);
  if (const std::string extra = first_beside(held, fixed, topology); !extra.empty())
    return fmt::format("fixes {}, which the system leaves free; set constraints to what the system fixes", extra);
  if (const std::string missing = first_beside(fixed, held, topology); !missing.empty())
    return fmt::format("leaves {} free, which the system fixes; set constraints to what the system fixes", missing);
  if (fixed.empty()) return {};
  const Index atom = first_of_other_mass(assumed.masses, actual.masses, topology);
  if (atom < 0) return {};
  return fmt::format(
      "takes {} for {:.4g} Da, but it has {:.4g} Da in the system, and the law of constrained dynamics depends on "
      "masses; where the system repartitions them, give the hydrogen_mass that it has",
      topology[atom].label(), assumed.masses[atom], actual.masses[atom]);
}

}  // namespace liftwell
