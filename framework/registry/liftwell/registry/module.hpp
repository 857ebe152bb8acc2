// SPDX-License-Identifier: MIT
// Implementations that need a heavy library live in shared objects opened at first use, so that
// listing, validating and torch-free runs never pay for them.
#pragma once

#include <string>

namespace liftwell {

/// The address of `symbol` (extern "C") in the module `name`, found beside libliftwell as
/// liftwell/modules/lib<name>.so or in the build tree. Throws RunError that says what to install
/// when the module was not built. The module stays open for the life of the process.
[[nodiscard]] void* module_symbol(const std::string& name, const std::string& symbol);

/// `auto* make = from_module<std::unique_ptr<Trainer> (*)(const Options&)>("torch", "liftwell_make_trainer");`
template <class Function>
[[nodiscard]] Function from_module(const std::string& name, const std::string& symbol) {
  return reinterpret_cast<Function>(module_symbol(name, symbol));
}

}  // namespace liftwell
