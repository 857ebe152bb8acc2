// SPDX-License-Identifier: MIT
// liftwell list [FAMILY]: what there is.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "liftwell/base/error.hpp"
#include "liftwell/cli/verbs.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct ListArguments {
  std::string family;
  std::vector<std::string> with;
};

std::vector<FamilyInfo> chosen_families(const Registry& registry, const std::string& wanted) {
  const std::vector<FamilyInfo> all = registry.families();
  if (wanted.empty()) return all;
  std::vector<std::string> names;
  for (const FamilyInfo& family : all) {
    if (family.name == wanted || (!family.section.empty() && family.section == wanted)) return {family};
    names.push_back(family.name);
  }
  throw InputError({Diagnostic{.message = "there is no such family",
                               .given = "'" + wanted + "'",
                               .allowed = join_or(names),
                               .suggestion = nearest(wanted, names)}});
}

void list(const ListArguments& arguments) {
  for (const std::string& plugin : arguments.with) load_plugin(plugin);
  const Registry& registry = Registry::global();
  std::string out;
  for (const FamilyInfo& family : chosen_families(registry, arguments.family)) {
    const std::vector<std::string> names = registry.names(family.name);
    std::size_t width = 0;
    for (const std::string& name : names) width = std::max(width, name.size());
    out += fmt::format("{}{}: {}\n", out.empty() ? "" : "\n", family.name, family.summary);
    for (const std::string& name : names)
      out += fmt::format("  {:<{}}  {}\n", name, width, registry.find(family.name, name)->summary);
  }
  std::cout << out;
}

}  // namespace

void add_list(CLI::App& app, Outcome&) {
  const auto arguments = std::make_shared<ListArguments>();
  CLI::App& verb = *app.add_subcommand("list", "Lists the components, all or those of one family");
  verb.add_option("FAMILY", arguments->family, "A family, e.g. potential")->type_name("");
  verb.add_option("--with", arguments->with, "Load a plug-in first")
      ->type_name("PLUGIN")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  verb.callback([arguments] { list(*arguments); });
}

}  // namespace liftwell
