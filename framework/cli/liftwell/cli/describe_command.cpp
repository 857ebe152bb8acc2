// SPDX-License-Identifier: MIT
// liftwell describe FAMILY/NAME: one component with its parameters.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "liftwell/base/error.hpp"
#include "liftwell/cli/verbs.hpp"
#include "liftwell/config/reference_pages.hpp"

namespace liftwell {
namespace {

struct DescribeArguments {
  std::string component;
  std::vector<std::string> with;
};

/// "potential/harmonic", "potentials/harmonic", or just "harmonic" where that is clear.
const ComponentDeclaration& find_component(const Registry& registry, const std::string& wanted) {
  std::vector<std::string> full_names;
  std::vector<const ComponentDeclaration*> same_name;
  for (const ComponentDeclaration* declaration : registry.all()) {
    const std::string full_name = declaration->family.name + "/" + declaration->name;
    if (wanted == full_name || wanted == declaration->family.section + "/" + declaration->name) return *declaration;
    full_names.push_back(full_name);
    if (declaration->name == wanted) same_name.push_back(declaration);
  }
  if (same_name.size() == 1) return *same_name.front();
  Diagnostic finding{.message = "there is no such component", .given = "'" + wanted + "'"};
  if (!same_name.empty()) {
    finding.message = "more than one family has this name";
    full_names.clear();
    for (const ComponentDeclaration* declaration : same_name)
      full_names.push_back(declaration->family.name + "/" + declaration->name);
    finding.allowed = join_or(full_names);
  } else {
    finding.allowed = "FAMILY/NAME as 'liftwell list' shows them";
    finding.suggestion = nearest(wanted, full_names);
    for (const ComponentDeclaration* declaration : registry.all())
      if (finding.suggestion.empty() && !nearest(wanted, {declaration->name}).empty())
        finding.suggestion = declaration->family.name + "/" + declaration->name;
  }
  throw InputError({finding});
}

void describe(const DescribeArguments& arguments) {
  for (const std::string& plugin : arguments.with) load_plugin(plugin);
  std::cout << describe_component(find_component(Registry::global(), arguments.component));
}

}  // namespace

void add_describe(CLI::App& app, Outcome&) {
  const auto arguments = std::make_shared<DescribeArguments>();
  CLI::App& verb = *app.add_subcommand("describe", "Describes one component and its parameters");
  verb.add_option("FAMILY/NAME", arguments->component, "For example potential/harmonic")->required()->type_name("");
  verb.add_option("--with", arguments->with, "Load a plug-in first")
      ->type_name("PLUGIN")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  verb.callback([arguments] { describe(*arguments); });
}

}  // namespace liftwell
