// SPDX-License-Identifier: MIT
#include "liftwell/data/atom_order.hpp"

#include <fmt/format.h>

#include <map>

namespace liftwell {

std::string atom_order_misfit(const Topology& file, const Topology& molecule) {
  if (file.size() != molecule.size())
    return fmt::format("has {} atoms, but the molecule of the system has {}", file.size(), molecule.size());
  std::map<std::string, Index> numbers;
  for (Index i = 0; i < molecule.size(); ++i) numbers.emplace(molecule[i].label(), i);
  for (Index i = 0; i < file.size(); ++i) {
    const std::string label = file[i].label();
    const auto elsewhere = numbers.find(label);
    if (file[i].element == molecule[i].element && (elsewhere == numbers.end() || label == molecule[i].label()))
      continue;
    return fmt::format(
        "has {} ({}) as atom {}, where the molecule of the system has {} ({}); its atoms must be in the "
        "order of the system",
        label, file[i].element->symbol, i, molecule[i].label(), molecule[i].element->symbol);
  }
  return {};
}

}  // namespace liftwell
