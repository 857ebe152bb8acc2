// SPDX-License-Identifier: MIT
#include "liftwell/base/quantity.hpp"

#include <charconv>

namespace liftwell {

std::optional<Quantity> split_quantity(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Quantity out;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), out.number);
  if (status != std::errc{}) return std::nullopt;
  out.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (out.unit.starts_with(' ')) out.unit.remove_prefix(1);
  return out;
}

}  // namespace liftwell
