// SPDX-License-Identifier: MIT
#include "liftwell/pipeline/stage_context.hpp"

#include <nlohmann/json.hpp>

namespace liftwell {

void StageContext::fact(const std::string& name, std::int64_t value) { facts()[name] = value; }
void StageContext::fact(const std::string& name, double value) { facts()[name] = value; }
void StageContext::fact(const std::string& name, const std::string& value) { facts()[name] = value; }

void StageContext::write_units(Table& table) const {
  for (Column& column : table.columns)
    if (!column.unit.empty())
      column.unit = unit(column.unit);
    else if (column.decimals > 0)  // no count or word that happens to be called as a variable is
      column.unit = unit_of_variable(column.name);
}

void StageContext::write_units(FreeEnergy& result) const {
  result.unit = unit(result.unit);
  result.coarse_units.clear();
  for (const std::string& name : result.coarse) result.coarse_units.push_back(unit_of_variable(name));
}

}  // namespace liftwell
