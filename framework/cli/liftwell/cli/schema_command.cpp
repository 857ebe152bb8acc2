// SPDX-License-Identifier: MIT
// liftwell schema [--output DIR]: the JSON Schema of workflows, and the reference pages.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "liftwell/base/error.hpp"
#include "liftwell/cli/verbs.hpp"
#include "liftwell/config/json_schema.hpp"
#include "liftwell/config/reference_pages.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;

struct SchemaArguments {
  std::string output;
  std::vector<std::string> with;
};

/// Pages of families that no longer exist would look current.
void remove_old_pages(const fs::path& folder, const std::map<std::string, std::string>& pages) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".md" && !pages.contains(file.filename().string())) fs::remove(file);
  }
}

void schema(const SchemaArguments& arguments) {
  for (const std::string& plugin : arguments.with) load_plugin(plugin);
  const Registry& registry = Registry::global();
  if (arguments.output.empty()) {
    std::cout << workflow_schema(registry);
    return;
  }
  const fs::path folder = arguments.output;
  try {
    const auto pages = reference_pages(registry);
    fs::create_directories(folder / "reference");
    write_file(folder / "workflow.schema.json", workflow_schema(registry));
    for (const auto& [name, text] : pages) write_file(folder / "reference" / name, text);
    remove_old_pages(folder / "reference", pages);
  } catch (const fs::filesystem_error& problem) {
    throw StorageError(folder.string() + ": cannot be written: " + problem.code().message());
  }
}

}  // namespace

void add_schema(CLI::App& app, Outcome&) {
  const auto arguments = std::make_shared<SchemaArguments>();
  CLI::App& verb = *app.add_subcommand("schema", "Writes the JSON Schema of workflows, for editors");
  verb.add_option("--output", arguments->output,
                  "Write workflow.schema.json and reference/*.md there, instead of the schema to standard output")
      ->type_name("DIR");
  verb.add_option("--with", arguments->with, "Load a plug-in first, so that its components are known")
      ->type_name("PLUGIN")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  verb.callback([arguments] { schema(*arguments); });
}

}  // namespace liftwell
