// SPDX-License-Identifier: MIT
#include "liftwell/store/learned_bias.hpp"

#include <nlohmann/json.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/store/hdf5.hpp"
#include "liftwell/store/table_json.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

fs::path main_file(const fs::path& folder) { return folder / (std::string(LearnedBias::type_name) + ".h5"); }

}  // namespace

void save_artifact(const fs::path& folder, const LearnedBias& learned) {
  const Json rest{{"method", learned.method},
                  {"thermal_energy", json_number(learned.thermal_energy)},
                  {"force_evaluations", learned.force_evaluations},
                  {"notes", learned.notes}};
  Hdf5Writer file(main_file(folder));
  file.attribute("artifact", LearnedBias::type_name);
  file.attribute("json", rest.dump());
  file.attribute("bias", learned.bias);
  file.attribute("system", learned.system);
  file.strings("coarse", learned.coarse);
  file.array("low", learned.low.data(), {learned.low.size()});
  file.array("high", learned.high.data(), {learned.high.size()});
  file.array("bins", learned.bins);
  file.array("energies", learned.energies.data(), {learned.energies.size()});
  file.array("group_energies", learned.group_energies);
  file.array("F", learned.free_energies);
  file.save();
}

template <>
std::shared_ptr<const LearnedBias> load_artifact(const fs::path& folder) {
  require_artifact(folder, LearnedBias::type_name);
  const Hdf5Reader file(main_file(folder));
  try {
    auto out = std::make_shared<LearnedBias>();
    const Json rest = Json::parse(file.attribute("json"));
    out->method = rest.at("method");
    out->thermal_energy = number_from(rest.at("thermal_energy"));
    out->force_evaluations = rest.at("force_evaluations");
    out->notes = rest.at("notes").get<std::vector<std::string>>();
    out->bias = file.attribute("bias");
    out->system = file.attribute("system");
    out->coarse = file.strings("coarse");
    out->low = file.matrix("low").col(0);
    out->high = file.matrix("high").col(0);
    out->bins = file.indices("bins");
    out->energies = file.matrix("energies").col(0);
    out->group_energies = file.matrix("group_energies");
    out->free_energies = file.matrix("F");
    if (out->free_energies.cols() != out->energies.size() || out->group_energies.cols() != out->energies.size())
      throw StorageError(main_file(folder).string() + " is damaged: its arrays do not fit together");
    return out;
  } catch (const Json::exception& error) {
    throw StorageError(main_file(folder).string() + " is damaged: " + error.what());
  }
}

}  // namespace liftwell
