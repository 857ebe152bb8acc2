// SPDX-License-Identifier: MIT
// Numbers as people write them, with or without a unit.
#pragma once

#include <optional>
#include <string_view>

namespace liftwell {

struct Quantity {
  double number = 0;
  std::string_view unit;  ///< as written, part of the text that was split; empty where there is none
};

/// "2 fs", "2fs" or "+2" in two parts; nothing where no number is in front. Whether there is such a unit is not asked.
[[nodiscard]] std::optional<Quantity> split_quantity(std::string_view text);

}  // namespace liftwell
