// SPDX-License-Identifier: MIT
// Which of the modules that link heavy libraries this build has: tests of the others say that they are left out.
#pragma once

#include <filesystem>
#include <string>

namespace liftwell::testing {

[[nodiscard]] inline bool has_module(const std::string& name) {
  return std::filesystem::exists(std::filesystem::path(LIFTWELL_BUILD_DIR) / "lib" / ("libliftwell_" + name + ".so"));
}

}  // namespace liftwell::testing
