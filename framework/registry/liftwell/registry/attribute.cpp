// SPDX-License-Identifier: MIT
#include "liftwell/registry/attribute.hpp"

#include <fmt/format.h>

#include <cmath>

namespace liftwell {

bool Range::contains(double value) const {
  if (std::isnan(value)) return false;
  const bool above_low = low_open ? value > low : value >= low;
  const bool below_high = high_open ? value < high : value <= high;
  return above_low && below_high;
}

std::string Range::text() const {
  const bool has_low = std::isfinite(low);
  const bool has_high = std::isfinite(high);
  if (has_low && has_high)
    return low_open ? fmt::format("strictly between {} and {}", low, high) : fmt::format("from {} to {}", low, high);
  if (has_low) return fmt::format("{} {}", low_open ? "above" : "at least", low);
  if (has_high) return fmt::format("{} {}", high_open ? "below" : "at most", high);
  return {};
}

Attributes::Attributes() = default;
Attributes::~Attributes() = default;
Attributes::Attributes(const Attributes&) = default;
Attributes::Attributes(Attributes&&) noexcept = default;
Attributes& Attributes::operator=(const Attributes&) = default;
Attributes& Attributes::operator=(Attributes&&) noexcept = default;

Attributes operator|(Attributes a, const Attributes& b) {
  const Range all;
  a.required |= b.required;
  if (b.range.low != all.low || b.range.high != all.high) a.range = b.range;
  a.infinite |= b.infinite;
  if (!b.choices.empty()) a.choices = b.choices;
  a.renamed_from.insert(a.renamed_from.end(), b.renamed_from.begin(), b.renamed_from.end());
  if (!b.deprecated.empty()) a.deprecated = b.deprecated;
  return a;
}

Attributes required() {
  Attributes out;
  out.required = true;
  return out;
}

namespace {

Attributes in_range(Range range) {
  Attributes out;
  out.range = range;
  return out;
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

Attributes above(double low) { return in_range({low, infinity, true, false}); }
Attributes at_least(double low) { return in_range({low, infinity, false, false}); }
Attributes between(double low, double high) { return in_range({low, high, false, false}); }
Attributes inside(double low, double high) { return in_range({low, high, true, true}); }

Attributes or_infinite() {
  Attributes out;
  out.infinite = true;
  return out;
}

Attributes one_of(std::vector<std::string> choices) {
  Attributes out;
  out.choices = std::move(choices);
  return out;
}

Attributes renamed_from(std::string old_key) {
  Attributes out;
  out.renamed_from.push_back(std::move(old_key));
  return out;
}

Attributes deprecated(std::string instead) {
  Attributes out;
  out.deprecated = std::move(instead);
  return out;
}

}  // namespace liftwell
