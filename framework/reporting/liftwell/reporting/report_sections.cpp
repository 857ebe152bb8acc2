// SPDX-License-Identifier: MIT
#include "liftwell/reporting/report_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "liftwell/reporting/html.hpp"
#include "liftwell/reporting/summary.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell::report {
namespace {

namespace fs = std::filesystem;
using html::at;
using html::escaped;
using html::real;
using html::text;

struct StatusWords {
  const char* grade;
  const char* words;
};

StatusWords words_for(const std::string& status) {
  static const std::map<std::string, StatusWords> table{
      {"done", {"good", "Done"}},
      {"not_converged", {"fair", "Done, but the stop rule was not met"}},
      {"running", {"fair", "Running, or ended without a word"}},
      {"interrupted", {"fair", "Interrupted; it can be resumed"}},
      {"failed", {"poor", "Failed"}},
  };
  const auto found = table.find(status);
  return found == table.end() ? StatusWords{"fair", "Unknown status"} : found->second;
}

std::string tile(const std::string& label, const std::string& value, const std::string& note) {
  return fmt::format("<div class=\"tile\"><div class=\"label\">{}</div><div class=\"value\">{}</div>{}</div>\n",
                     escaped(label), value, note.empty() ? "" : "<div class=\"note\">" + note + "</div>");
}

/// "fit" of "fit cycle 2 sample 5": what a start came from, without which one.
std::string source_of(const std::string& origin) { return origin.substr(0, origin.find(' ')); }

/// "liftwell 0.1.0, hdf5 1.10.8" of an object, anything else as it is.
std::string in_words(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object()) return value.dump();
  std::string out;
  for (const auto& [key, entry] : value.items()) out += (out.empty() ? "" : ", ") + key + " " + in_words(entry);
  return out;
}

template <class Count>
std::string counted(const std::map<std::string, Count>& counts) {
  std::string out;
  for (const auto& [name, n] : counts) out += fmt::format("{}{} × {}", out.empty() ? "" : ", ", escaped(name), n);
  return out;
}

}  // namespace

std::string status(const Json& summary) {
  const std::string code = text(summary, "status");
  const auto [grade, words] = words_for(code);
  std::string out =
      fmt::format("<p><span class=\"status {}\">{}</span> <code>{}</code></p>\n", grade, words, escaped(code));
  if (const std::string message = text(summary, "message"); !message.empty())
    out += "<p>" + escaped(message) + "</p>\n";
  for (const Json& loop : at(summary, "loops")) {
    const Json& cycles = at(loop, "cycles");
    const bool converged = at(loop, "converged") == true;
    const std::string rule = text(loop, "rule");
    out += fmt::format("<p>{}: {} {}; {}{}.</p>\n", escaped(text(loop, "loop")), html::count(cycles),
                       cycles == 1 ? "cycle" : "cycles",
                       !converged     ? "no stop rule held, the cycles ran out: "
                       : rule.empty() ? ""
                                      : "stopped by " + escaped(rule) + ": ",
                       escaped(text(loop, "reason")));
  }
  return out;
}

std::string key_numbers(const Json& summary) {
  std::string out;
  for (const Json& d : at(summary, "free_energy_differences")) {
    const double value = real(at(d, "value"));
    const double error = real(at(d, "stderr"));
    const double exact = real(at(d, "exact"));
    std::string note = "± one standard error";
    if (std::isfinite(exact)) {
      note = "exact " + html::number(exact);
      if (error > 0 && std::isfinite(value))
        note += fmt::format(": {:.1f} standard errors off", std::abs(value - exact) / error);
    }
    const std::string name = text(d, "name");
    const Json& all = at(summary, "free_energy_differences");
    if (std::count_if(all.begin(), all.end(), [&](const Json& other) { return text(other, "name") == name; }) > 1)
      note = text(d, "stage") + ": " + note;
    out += tile(fmt::format("ΔF {} [{}]", name, text(d, "unit")), html::with_error(value, error), note);
  }
  const Json& totals = at(summary, "totals");
  if (!totals.is_null()) {
    out += tile("wall time", html::duration(real(at(totals, "wall_s"))), "");
    out += tile("force evaluations", html::count(at(totals, "force_evaluations")), "");
    out += tile("training steps", html::count(at(totals, "train_steps")), "");
    out += tile("score evaluations", html::count(at(totals, "score_evaluations")), "");
  }
  return out.empty() ? out : "<div class=\"tiles\">\n" + out + "</div>\n";
}

std::string stages(const Json& summary) {
  double longest = 0;
  for (const Json& stage : at(summary, "stages")) {
    const double wall = real(at(stage, "wall_s"));
    if (wall > longest) longest = wall;
  }
  html::TableBuilder out(
      {"stage", "cycle", "verb", "wall time", "", "force evaluations", "training steps", "score evaluations"},
      {true, false, true, false, true});
  for (const Json& stage : at(summary, "stages")) {
    const double wall = real(at(stage, "wall_s"));
    const Json& cycle = at(stage, "cycle");
    out.row({escaped(text(stage, "stage")), cycle == 0 ? "" : html::count(cycle), escaped(text(stage, "verb")),
             html::duration(wall),
             longest > 0 && wall > 0 ? fmt::format("<span class=\"bar\" style=\"width:{:.0f}px\"></span>",
                                                   std::max(1.0, 120 * wall / longest))
                                     : "",
             html::count(at(stage, "force_evaluations")), html::count(at(stage, "train_steps")),
             html::count(at(stage, "score_evaluations"))});
  }
  std::string engines;
  for (const auto& [engine, names] : engines_of(summary))
    engines += fmt::format("<p>{}: {}.</p>\n", escaped(fmt::format("{}", fmt::join(names, ", "))), escaped(engine));
  return out.str() + engines;
}

std::string starts(const Json& summary) {
  std::string out;
  for (const auto& [stage, windows] : at(summary, "starts").items()) {
    html::TableBuilder table({"target", "proposed", "accepted", "rejected", "starts from"},
                             {false, false, false, true, true});
    for (const Json& window : windows) {
      std::string target;
      for (const Json& value : at(window, "target")) target += (target.empty() ? "" : ", ") + html::number(value);
      std::map<std::string, int> origins;
      for (const Json& origin : at(window, "origin"))
        if (origin.is_string()) ++origins[source_of(origin.get<std::string>())];
      std::map<std::string, std::string> rejected;
      for (const auto& [reason, count] : at(window, "rejected").items()) rejected[reason] = html::count(count);
      table.row({target, html::count(at(window, "proposed")), html::count(at(window, "accepted")), counted(rejected),
                 counted(origins)});
    }
    if (!table.empty()) out += "<h3>" + escaped(stage) + "</h3>\n" + table.str();
  }
  return out;
}

std::string warnings(const Json& summary, const std::vector<std::string>& problems) {
  std::string out;
  for (const Json& stage : at(summary, "stages"))
    for (const Json& warning : at(stage, "warnings")) {
      const Json& cycle = at(stage, "cycle");
      out += fmt::format("<li><b>{}{}</b>: {}</li>\n", escaped(text(stage, "stage")),
                         cycle == 0 ? "" : " cycle " + html::count(cycle),
                         escaped(warning.is_string() ? warning.get<std::string>() : warning.dump()));
    }
  for (const auto& [stage, f] : at(summary, "free_energy").items())
    for (const Json& note : at(f, "notes"))
      if (note.is_string())
        out += fmt::format("<li><b>{}</b>: {}</li>\n", escaped(stage), escaped(note.get<std::string>()));
  for (const std::string& problem : problems)
    out += fmt::format("<li>Left out of this page: {}</li>\n", escaped(problem));
  return out.empty() ? out : "<ul>\n" + out + "</ul>\n";
}

std::string provenance(const fs::path& run) {
  std::string out;
  if (fs::exists(run / "manifest.json")) {
    Json manifest = Json::parse(read_file(run / "manifest.json"), nullptr, false);
    if (!manifest.is_object()) manifest = Json::object();
    html::TableBuilder table({"", ""}, {true, true});
    html::TableBuilder files({"file", "SHA-256"}, {true, true});
    for (const auto& [key, value] : manifest.items()) {
      if (key == "artifacts") continue;
      table.row({escaped(key), "<code>" + escaped(in_words(value)) + "</code>"});
    }
    for (const auto& [path, hash] : at(manifest, "artifacts").items())
      files.row({escaped(path), "<code>" + escaped(hash.is_string() ? hash.get<std::string>() : "") + "</code>"});
    out += table.str();
    if (!files.empty()) out += html::folded("Fingerprints of the artifacts", files.str());
  }
  for (const auto& [file, label] : {std::pair{"workflow.yaml", "The workflow as given"},
                                    std::pair{"resolved.yaml", "The workflow with every default filled in"}})
    if (fs::exists(run / file)) out += html::folded(label, "<pre>" + escaped(read_file(run / file)) + "</pre>\n");
  return out;
}

}  // namespace liftwell::report
