// SPDX-License-Identifier: MIT
// Messages to the user, on standard error; in colour on a terminal unless NO_COLOR is set.
#pragma once

#include <string_view>

#include "liftwell/base/diagnostic.hpp"

namespace liftwell {

void print_error(std::string_view text);
void print_warning(std::string_view text);

/// One line each, "error: file:1:2: …".
void print_errors(const Diagnostics& errors);
void print_warnings(const Diagnostics& warnings);

}  // namespace liftwell
