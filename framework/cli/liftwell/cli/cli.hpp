// SPDX-License-Identifier: MIT
#pragma once

namespace liftwell {

/// The whole program: runs the verb that `argv` names and returns the exit code. Results go to
/// standard output, messages to standard error; nothing is thrown.
int run_cli(int argc, char** argv);

}  // namespace liftwell
