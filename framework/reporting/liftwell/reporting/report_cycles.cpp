// SPDX-License-Identifier: MIT
// The sections that read what the stages measured, from their artifacts.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "liftwell/base/error.hpp"
#include "liftwell/pipeline/engine.hpp"
#include "liftwell/reporting/html.hpp"
#include "liftwell/reporting/report_sections.hpp"
#include "liftwell/store/artifact.hpp"
#include "liftwell/store/table_json.hpp"

namespace liftwell::report {
namespace {

namespace fs = std::filesystem;
using html::at;
using html::escaped;
using html::text;

/// Cycles of each stage whose output is of one type: stage -> cycles.
std::map<std::string, std::set<int>> executions(const Json& summary, const std::string& type) {
  std::map<std::string, std::set<int>> out;
  for (const Json& stage : at(summary, "stages"))
    if (text(stage, "artifact") == type) out[text(stage, "stage")].insert(stage.value("cycle", 0));
  return out;
}

constexpr std::size_t most_unfolded_rows = 12;

std::string after_cycle(int cycle) { return cycle > 0 ? fmt::format(", cycle {}", cycle) : std::string(); }

template <class Artifact>
std::shared_ptr<const Artifact> load(const fs::path& run, const std::string& stage, int cycle,
                                     std::vector<std::string>* problems) {
  const fs::path folder = artifact_folder(run, cycle, stage);
  if (!fs::exists(folder)) return nullptr;
  try {
    return load_artifact<Artifact>(folder);
  } catch (const StorageError& error) {
    if (problems != nullptr) problems->emplace_back(error.what());
    return nullptr;
  }
}

}  // namespace

std::string findings(const fs::path& run, const Json& summary, std::vector<std::string>& problems) {
  std::string out;
  for (const auto& [stage, cycles] : executions(summary, Findings::type_name)) {
    const auto found = load<Findings>(run, stage, *cycles.rbegin(), &problems);
    if (!found) continue;
    std::string body;
    for (const Table& table : found->tables) body += html::table(table);
    html::TableBuilder values({"measure", "value"}, {true});
    for (const auto& [name, value] : found->values) values.row({escaped(name), html::number(value)});
    if (!values.empty()) body += html::folded("All values of " + stage, values.str());
    if (!body.empty()) out += "<h3>" + escaped(stage) + after_cycle(*cycles.rbegin()) + "</h3>\n" + body;
  }
  return out;
}

std::string tables(const Json& summary) {
  std::map<std::string, const Json*> last;  // execution of each stage
  for (const Json& stage : at(summary, "stages")) {
    const Json*& newest = last[text(stage, "stage")];
    if (newest == nullptr || newest->value("cycle", 0) <= stage.value("cycle", 0)) newest = &stage;
  }
  std::string out;
  for (const auto& [name, stage] : last) {
    if (text(*stage, "artifact") == Findings::type_name) continue;  // shown under "Findings"
    std::string body;
    std::size_t rows = 0;
    for (const Json& entry : at(*stage, "tables")) {
      const Table table = table_from(entry);
      rows += table.rows.size();
      body += html::table(table);
    }
    if (body.empty()) continue;
    const std::string label = name + after_cycle(stage->value("cycle", 0));
    out += rows > most_unfolded_rows ? html::folded(label, body) : "<h3>" + escaped(label) + "</h3>\n" + body;
  }
  return out;
}

std::string history(const fs::path& run, const Json& summary, std::vector<std::string>& problems) {
  std::set<int> cycles;
  std::map<std::string, std::map<int, std::string>> rows;  // what -> cycle -> cell
  for (const auto& [stage, executed] : executions(summary, FreeEnergy::type_name))
    for (const int cycle : executed)
      if (const auto f = load<FreeEnergy>(run, stage, cycle, nullptr); f && cycle > 0) {
        cycles.insert(cycle);
        for (const FreeEnergyDifference& d : f->differences)
          rows[fmt::format("{}: ΔF {} [{}]", stage, d.name, f->unit)][cycle] =
              html::with_error(d.value, d.standard_error);
      }
  for (const auto& [stage, executed] : executions(summary, Findings::type_name))
    for (const int cycle : executed) {
      const bool told = cycle == *executed.rbegin();  // `findings` reports trouble with the last one
      if (const auto found = load<Findings>(run, stage, cycle, told ? nullptr : &problems); found && cycle > 0) {
        cycles.insert(cycle);
        for (const auto& [name, value] : found->values) rows[stage + ": " + name][cycle] = html::number(value);
      }
    }
  if (cycles.empty() || rows.empty()) return {};
  std::vector<std::string> heads{"measure"};
  for (const int cycle : cycles) heads.push_back(fmt::format("cycle {}", cycle));
  html::TableBuilder table(heads, {true});
  for (const auto& [name, cells] : rows) {
    std::vector<std::string> row{escaped(name)};
    for (const int cycle : cycles) row.push_back(cells.contains(cycle) ? cells.at(cycle) : "");
    table.row(row);
  }
  return table.str();
}

}  // namespace liftwell::report
