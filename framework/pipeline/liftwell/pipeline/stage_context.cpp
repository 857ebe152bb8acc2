// SPDX-License-Identifier: MIT
#include "liftwell/pipeline/stage_context.hpp"

#include <nlohmann/json.hpp>

namespace liftwell {

void StageContext::fact(const std::string& name, std::int64_t value) { facts()[name] = value; }
void StageContext::fact(const std::string& name, double value) { facts()[name] = value; }
void StageContext::fact(const std::string& name, const std::string& value) { facts()[name] = value; }

}  // namespace liftwell
