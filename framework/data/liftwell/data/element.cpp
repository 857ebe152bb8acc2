// SPDX-License-Identifier: MIT
#include "liftwell/data/element.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace liftwell {
namespace {

constexpr std::array elements{
    Element{"H", 1.008, 0.031, 0.120},   Element{"B", 10.81, 0.084, 0.192},   Element{"C", 12.011, 0.076, 0.170},
    Element{"N", 14.007, 0.071, 0.155},  Element{"O", 15.999, 0.066, 0.152},  Element{"F", 18.998, 0.057, 0.147},
    Element{"Si", 28.085, 0.111, 0.210}, Element{"P", 30.974, 0.107, 0.180},  Element{"S", 32.06, 0.105, 0.180},
    Element{"Cl", 35.45, 0.102, 0.175},  Element{"Se", 78.971, 0.120, 0.190}, Element{"Br", 79.904, 0.120, 0.185},
    Element{"I", 126.904, 0.139, 0.198}, Element{"Li", 6.94, 0, 0.212},       Element{"Na", 22.990, 0, 0.250},
    Element{"Mg", 24.305, 0, 0.251},     Element{"K", 39.098, 0, 0.273},      Element{"Ca", 40.078, 0, 0.262},
    Element{"Mn", 54.938, 0, 0.245},     Element{"Fe", 55.845, 0, 0.244},     Element{"Co", 58.933, 0, 0.240},
    Element{"Ni", 58.693, 0, 0.240},     Element{"Cu", 63.546, 0, 0.238},     Element{"Zn", 65.38, 0, 0.239},
};

}  // namespace

const Element* find_element(std::string_view symbol) {
  const auto same = [](char a, char b) {
    return std::toupper(static_cast<unsigned char>(a)) == std::toupper(static_cast<unsigned char>(b));
  };
  for (const Element& element : elements)
    if (std::equal(element.symbol.begin(), element.symbol.end(), symbol.begin(), symbol.end(), same)) return &element;
  return nullptr;
}

}  // namespace liftwell
