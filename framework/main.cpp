// SPDX-License-Identifier: MIT
#include "liftwell/cli/cli.hpp"

int main(int argc, char** argv) { return liftwell::run_cli(argc, argv); }
