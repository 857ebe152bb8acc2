// SPDX-License-Identifier: MIT
// Every registered noise process: with its defaults, its example, and every schedule it can have.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/noise_process.hpp"

namespace liftwell::testing {

struct NoiseVariant {
  std::string text;  ///< as in a workflow
  std::unique_ptr<NoiseProcess> noise;
};

inline std::vector<NoiseVariant> noise_variants() {
  std::vector<NoiseVariant> out;
  for (const std::string& name : Registry::global().names("noise_process")) {
    const ComponentDeclaration& declaration = *Registry::global().find("noise_process", name);
    std::vector<std::string> texts{"{type: " + name + "}", declaration.example};
    for (const Parameter& parameter : declaration.parameters)
      if (parameter.key == "schedule")
        for (const std::string& choice : parameter.attributes.choices)
          texts.push_back("{type: " + name + ", schedule: " + choice + "}");
    for (const std::string& text : texts) out.push_back({text, build<NoiseProcess>(*configure("noise_process", text))});
  }
  return out;
}

}  // namespace liftwell::testing
