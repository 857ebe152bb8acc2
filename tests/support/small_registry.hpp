// SPDX-License-Identifier: MIT
// A registry with a handful of components that do nothing: one for every kind of parameter and every
// way to be wrong. Messages and schemas can be compared with it to the letter, because it does not
// change when components are added to liftwell.
#pragma once

#include "liftwell/registry/registry.hpp"

namespace liftwell::small {

[[nodiscard]] const Registry& registry();

}  // namespace liftwell::small
