// SPDX-License-Identifier: MIT
// The four families of failure. The library throws them, and never prints, aborts or exits.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "liftwell/base/diagnostic.hpp"

namespace liftwell {

/// Base of all errors. Context is added while unwinding ("in stage fit, cycle 2"), outermost first.
class Error : public std::exception {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
  void add_context(std::string_view context) { message_ = std::string(context) + ": " + message_; }

 private:
  std::string message_;
};

/// The input is wrong (exit code 2). Carries every finding, not only the first.
class InputError : public Error {
 public:
  explicit InputError(Diagnostics diagnostics);
  explicit InputError(std::string message);
  [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  Diagnostics diagnostics_;
};

/// The run failed: not-a-number, divergence, a module that is missing (exit code 1).
class RunError : public Error {
 public:
  using Error::Error;
};

/// A file or folder could not be read or written, or is not what it should be (exit code 1).
class StorageError : public Error {
 public:
  using Error::Error;
};

/// A broken promise inside liftwell itself (exit code 1); asks for a report.
class InternalError : public Error {
 public:
  using Error::Error;
};

/// SIGINT or SIGTERM arrived and the state was saved (exit code 130).
class Interrupted : public Error {
 public:
  using Error::Error;
};

/// Throws InternalError with `what` unless `holds`. On in every build type; keep out of inner loops.
void ensure(bool holds, std::string_view what);

}  // namespace liftwell
