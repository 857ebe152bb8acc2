// SPDX-License-Identifier: MIT
// The verbs of the command line. Each is one file, NAME_command.cpp, that exposes one function
// adding a subcommand to the program; the subcommand's callback does the work, sets the exit code
// and may throw any Error. A new verb is a file, a line here and a line in cli.cpp.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace liftwell {

namespace exit_code {
inline constexpr int done = 0;
inline constexpr int failed = 1;         ///< the run, the storage or liftwell itself
inline constexpr int wrong_input = 2;    ///< the workflow or the command line
inline constexpr int interrupted = 130;  ///< with a checkpoint saved
}  // namespace exit_code

/// What the chosen verb leaves behind.
struct Outcome {
  int code = exit_code::done;
  std::string command;  ///< the command line as typed
};

void add_run(CLI::App& app, Outcome& outcome);
void add_resume(CLI::App& app, Outcome& outcome);
void add_sample(CLI::App& app, Outcome& outcome);
void add_graph(CLI::App& app, Outcome& outcome);
void add_report(CLI::App& app, Outcome& outcome);
void add_validate(CLI::App& app, Outcome& outcome);
void add_list(CLI::App& app, Outcome& outcome);
void add_describe(CLI::App& app, Outcome& outcome);
void add_schema(CLI::App& app, Outcome& outcome);

}  // namespace liftwell
