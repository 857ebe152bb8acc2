// SPDX-License-Identifier: MIT
#include "profile_answers.hpp"

#include "liftwell/families/system.hpp"
#include "liftwell/pipeline/stage_context.hpp"

namespace liftwell {

std::vector<RegionPair> AnswerOptions::regions(const CoarseMap& coarse) const {
  std::vector<RegionPair> out;
  for (const auto& [name, difference] : differences) out.push_back(difference.build()->regions(name, coarse));
  return out;
}

void AnswerOptions::add_exact(FreeEnergy& result, const Grid& grid, const std::vector<RegionPair>& regions,
                              const CoarseMap& coarse, const std::string& system, const StageContext& context) const {
  if (!reference) return;
  const auto evolved = context.restore<System>(system);
  if (evolved->potential() == nullptr) throw InputError("'reference' needs a system with a potential");
  const auto exact = reference.build();
  if (const auto misfit = exact->misfit(*evolved->potential(), coarse); !misfit.empty()) throw InputError(misfit);
  if (const auto doubt = exact->doubt(*evolved->potential(), result.thermal_energy); !doubt.empty())
    result.notes.push_back("the exact answer is doubtful: " + doubt);
  add_reference(result, grid, regions, *exact, *evolved->potential(), coarse);
}

}  // namespace liftwell
