// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/registry/node.hpp"

namespace liftwell {

/// Puts the values of the `variables:` section in place of ${name}. A scalar that is nothing but
/// ${name} becomes the variable's value whatever it is, a number or a list, also when it stands in
/// quotes (which YAML wants around it inside {...}); in longer text the value is inserted as text ("${dt} fs" is a
/// quantity). `$${` stands for a plain `${`. Variables may use each other.
void substitute_variables(Node& workflow, Diagnostics& errors, Diagnostics& warnings);

}  // namespace liftwell
