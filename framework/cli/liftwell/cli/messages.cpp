// SPDX-License-Identifier: MIT
#include "liftwell/cli/messages.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace liftwell {
namespace {

constexpr std::string_view red = "\033[1;31m";
constexpr std::string_view yellow = "\033[1;33m";

bool colour() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool refused = no_color != nullptr && *no_color != '\0';
  return !refused && isatty(STDERR_FILENO) == 1;
}

void print(std::string_view word, std::string_view shade, std::string_view text) {
  static const bool shaded = colour();
  if (shaded)
    std::cerr << shade << word << "\033[0m " << text << '\n';
  else
    std::cerr << word << ' ' << text << '\n';
}

}  // namespace

void print_error(std::string_view text) { print("error:", red, text); }
void print_warning(std::string_view text) { print("warning:", yellow, text); }

void print_errors(const Diagnostics& errors) {
  for (const Diagnostic& error : errors) print_error(error.text());
}

void print_warnings(const Diagnostics& warnings) {
  for (const Diagnostic& warning : warnings) print_warning(warning.text());
}

}  // namespace liftwell
