// SPDX-License-Identifier: MIT
// A free energy as people read it.
#pragma once

#include "liftwell/data/results.hpp"
#include "liftwell/pipeline/stage_context.hpp"

namespace liftwell {

/// Shows the profile, beside the exact one where it is known, and the differences.
void show_free_energy(const FreeEnergy& result, StageContext& context);

}  // namespace liftwell
