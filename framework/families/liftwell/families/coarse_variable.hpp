// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/data/block.hpp"
#include "liftwell/data/topology.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// From `low` to `high`, both ends included.
struct ValueRange {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
};

/// One scalar coarse variable ξ(x) with its gradient.
class CoarseVariable {
 public:
  static FamilyInfo family() {
    return {"coarse_variable", "coarse_variables", "A slow direction xi(x) with its gradient.", ""};
  }
  virtual ~CoarseVariable() = default;

  /// "" when it can be evaluated on states of this dimension, else what is wrong.
  [[nodiscard]] virtual std::string misfit(Index dimension) const = 0;
  /// The molecule that its parameters are about, where a file describes it; else null.
  [[nodiscard]] virtual const Structure* molecule() const { return nullptr; }
  /// What values it can take; a periodic one all, of which people write those within one turn either way.
  [[nodiscard]] virtual ValueRange range() const { return {}; }
  /// Period, for angles.
  [[nodiscard]] virtual std::optional<double> period() const { return std::nullopt; }

  /// `value`: lanes numbers. `gradient` (dimension x lanes) is skipped when it has no rows.
  virtual void evaluate(ConstBlock x, double* value, Block gradient) const = 0;
};

// Lists of coarse variables are parameters of many components; how they are read is compiled once.
extern template const ValueAccess& value_access<std::vector<Component<CoarseVariable>>>();

}  // namespace liftwell
