// SPDX-License-Identifier: MIT
#include "liftwell/base/quantity.hpp"

#include <catch2/catch.hpp>
#include <string_view>
#include <tuple>
#include <vector>

namespace liftwell {
namespace {

TEST_CASE("A number and its unit are told apart", "[unit][quantity_test]") {
  const std::vector<std::tuple<std::string_view, double, std::string_view>> written{
      {"2 fs", 2, "fs"},
      {"2fs", 2, "fs"},
      {"+2", 2, ""},
      {"-1.5e-3 kJ/mol", -1.5e-3, "kJ/mol"},
      {"1 /ps", 1, "/ps"},
      {".5 nm", .5, "nm"},
      {"1e3", 1e3, ""},
      {"30 deg", 30, "deg"},
      {"4 elephants", 4, "elephants"}};
  for (const auto& [text, number, unit] : written) {
    const auto found = split_quantity(text);
    REQUIRE(found);
    CHECK(found->number == number);
    CHECK(found->unit == unit);
  }
}

TEST_CASE("A text without a number in front is no quantity", "[unit][quantity_test]") {
  for (const std::string_view text : {"", "fs", "fs 2", "--2", "${x}"}) CHECK_FALSE(split_quantity(text));
}

}  // namespace
}  // namespace liftwell
