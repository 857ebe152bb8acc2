// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "liftwell/registry/registry.hpp"

namespace liftwell {

/// JSON Schema (draft-07) of workflow files, for editors: completion, sentences on hover, and most
/// mistakes while typing. It accepts everything `validate` accepts; what a schema cannot say
/// (references, units of the right dimension for coarse variables, cross-checks) is left to
/// `validate`. A file with `extends:` is incomplete by itself, so there only top-level keys are checked.
/// The text depends on the registry only.
[[nodiscard]] std::string workflow_schema(const Registry& registry);

}  // namespace liftwell
