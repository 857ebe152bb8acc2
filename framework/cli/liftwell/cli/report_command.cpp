// SPDX-License-Identifier: MIT
// liftwell report DIR: builds report.html and the figures again from what is on disk.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "liftwell/cli/run_session.hpp"
#include "liftwell/cli/verbs.hpp"
#include "liftwell/reporting/report.hpp"

namespace liftwell {

void add_report(CLI::App& app, Outcome&) {
  const auto folder = std::make_shared<std::string>();
  CLI::App& verb = *app.add_subcommand("report", "Builds DIR/report.html again from what is on disk");
  verb.add_option("DIR", *folder, "Folder of the run")->required();
  verb.callback([folder] {
    require_run_folder(*folder);
    write_report(*folder);
    std::cout << (std::filesystem::path(*folder) / "report.html").string() << '\n';
  });
}

}  // namespace liftwell
