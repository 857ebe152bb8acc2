// SPDX-License-Identifier: MIT
// The sections and figures of the report that only a sweep has.
#include <fmt/format.h>

#include "liftwell/reporting/chart_figure.hpp"
#include "liftwell/reporting/html.hpp"
#include "liftwell/reporting/report_figures.hpp"
#include "liftwell/reporting/report_sections.hpp"
#include "liftwell/store/table_json.hpp"

namespace liftwell {

using html::at;
using html::escaped;
using html::text;

std::vector<NamedFigure> sweep_figures(const nlohmann::json& summary) {
  std::vector<NamedFigure> out;
  for (const auto& [name, aggregate] : at(summary, "aggregates").items()) {
    if (aggregate.contains("error")) continue;
    Figure figure = chart_figure(chart_from(aggregate.at("chart")));
    figure.width = 600;
    figure.height = 390;
    out.push_back({name + ".svg", std::move(figure)});
  }
  return out;
}

namespace report {

std::string aggregates(const Json& summary) {
  std::string out;
  for (const auto& [name, aggregate] : at(summary, "aggregates").items()) {
    if (aggregate.contains("error")) {
      out += fmt::format("<h3>{}</h3>\n<p>{}</p>\n", escaped(name), escaped(text(aggregate, "error")));
      continue;
    }
    const Table table = table_from(aggregate.at("table"));
    out += fmt::format("<h3>{}</h3>\n{}<p><code>tables/{}.csv</code></p>\n", escaped(table.title), html::table(table),
                       escaped(name));
  }
  return out;
}

std::string points(const Json& summary) {
  const Json& points = at(summary, "points");
  if (!points.is_array() || points.empty()) return {};
  html::TableBuilder table({"point", "status", "wall time", "force evaluations", "warnings", "message"},
                           {true, true, false, false, false, true});
  std::size_t finished = 0;
  for (const Json& point : points) {
    const std::string name = text(point, "point");
    const std::string status = text(point, "status");
    const bool done = status == "done" || status == "not_converged";
    finished += done ? 1 : 0;
    const Json& totals = at(point, "totals");
    table.row({done ? fmt::format("<a href=\"points/{0}/report.html\">{0}</a>", escaped(name)) : escaped(name),
               escaped(status), html::duration(html::real(at(totals, "wall_s"))),
               html::count(at(totals, "force_evaluations")), html::count(at(point, "warnings")),
               escaped(text(point, "message"))});
  }
  const std::string head = fmt::format("<p>{} of {} points finished.</p>\n", finished, points.size());
  return head + (points.size() > 60 ? html::folded("All points", table.str()) : table.str());
}

}  // namespace report
}  // namespace liftwell
