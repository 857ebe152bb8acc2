// SPDX-License-Identifier: MIT
#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

std::string all_lines(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!out.empty()) out += '\n';
    out += diagnostic.text();
  }
  return out;
}

}  // namespace

InputError::InputError(Diagnostics diagnostics) : Error(all_lines(diagnostics)), diagnostics_(std::move(diagnostics)) {}

InputError::InputError(std::string message) : InputError(Diagnostics{Diagnostic{{}, {}, message, {}, {}, {}}}) {}

void ensure(bool holds, std::string_view what) {
  if (holds) return;
  throw InternalError("internal error: " + std::string(what) + " (please report this as a bug in liftwell)");
}

}  // namespace liftwell
