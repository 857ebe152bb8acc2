// SPDX-License-Identifier: MIT
#include "liftwell/reporting/report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "liftwell/base/error.hpp"
#include "liftwell/reporting/html.hpp"
#include "liftwell/reporting/report_figures.hpp"
#include "liftwell/reporting/report_sections.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace fs = std::filesystem;
using Json = nlohmann::json;
namespace {

struct Page {
  std::string html;
  std::vector<NamedFigure> figures;
};

Json read_summary(const fs::path& run_folder) {
  const fs::path file = run_folder / "summary.json";
  if (!fs::exists(file))
    throw StorageError(fmt::format("{} is no run folder: it has no summary.json", run_folder.string()));
  Json summary = Json::parse(read_file(file), nullptr, false);
  if (!summary.is_object()) throw StorageError(file.string() + " is damaged: it holds no JSON object");
  return summary;
}

std::string drawn(const std::vector<NamedFigure>& figures) {
  std::string out;
  for (const NamedFigure& f : figures)
    out += fmt::format("<figure>\n{}<figcaption>{} (<code>figures/{}</code>)</figcaption>\n</figure>\n",
                       to_svg(f.figure), html::escaped(f.figure.caption), html::escaped(f.file));
  return out.empty() ? out : "<div class=\"figures\">\n" + out + "</div>\n";
}

Page make_page(const fs::path& run_folder) {
  const Json summary = read_summary(run_folder);
  std::vector<std::string> problems;
  Page page;
  try {
    page.figures = run_figures(run_folder, summary, problems);
    for (NamedFigure& figure : sweep_figures(summary)) page.figures.push_back(std::move(figure));
    std::string name = html::escaped(html::text(summary, "workflow"));
    if (name.empty()) name = "run";
    const std::string findings = report::findings(run_folder, summary, problems);
    const std::string history = report::history(run_folder, summary, problems);
    page.html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<title>{0}: liftwell report</title>\n<style>{1}</style>\n"
        "</head>\n<body>\n<h1>{0}</h1>\n",
        name, html::style());
    page.html += report::status(summary);
    page.html += html::section("Key numbers", report::key_numbers(summary));
    page.html += html::section("Warnings", report::warnings(summary, problems));
    page.html += html::section("Figures", drawn(page.figures));
    page.html += html::section("Over the points", report::aggregates(summary));
    page.html += html::section("Points", report::points(summary));
    page.html += html::section("Findings", findings);
    page.html += html::section("Tables of the stages", report::tables(summary));
    page.html += html::section("Cycle by cycle", history);
    page.html += html::section("Starts per window", report::starts(summary));
    if (!html::at(summary, "stages").empty()) page.html += html::section("Stages", report::stages(summary));
    page.html += html::section("How it came about", report::provenance(run_folder));
    page.html += "</body>\n</html>\n";
  } catch (const Json::exception& error) {
    throw StorageError((run_folder / "summary.json").string() + " is damaged: " + error.what());
  }
  return page;
}

}  // namespace

std::string build_report(const fs::path& run_folder) { return make_page(run_folder).html; }

void write_report(const fs::path& run_folder) {
  const Page page = make_page(run_folder);
  if (!page.figures.empty()) {
    std::error_code failure;
    fs::create_directories(run_folder / "figures", failure);
    if (failure)
      throw StorageError(fmt::format("cannot create {}: {}", (run_folder / "figures").string(), failure.message()));
  }
  for (const NamedFigure& f : page.figures) write_figure(run_folder / "figures" / f.file, f.figure);
  write_file(run_folder / "report.html", page.html);
}

}  // namespace liftwell
