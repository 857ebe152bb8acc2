// SPDX-License-Identifier: MIT
#include "liftwell/store/artifact.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/store/hdf5.hpp"
#include "liftwell/store/table_json.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

/// Writes TYPE.h5 of an artifact folder; `fill` adds the arrays.
template <class Artifact, class Fill>
void write_artifact(const fs::path& folder, const Artifact& /*artifact*/, const Json& rest, const Fill& fill) {
  const std::string type = Artifact::type_name;
  Hdf5Writer file(folder / (type + ".h5"));
  file.attribute("artifact", type);
  file.attribute("json", rest.dump());
  fill(file);
  file.save();
}

/// Opens TYPE.h5 and lets `fill` make the value from its arrays and its JSON.
template <class Artifact, class Fill>
std::shared_ptr<const Artifact> read_artifact(const fs::path& folder, const Fill& fill) {
  require_artifact(folder, Artifact::type_name);
  const fs::path path = folder / (std::string(Artifact::type_name) + ".h5");
  const Hdf5Reader file(path);
  try {
    auto out = std::make_shared<Artifact>();
    fill(file, Json::parse(file.attribute("json")), *out);
    return out;
  } catch (const Json::exception& error) {
    throw StorageError(fmt::format("{} is damaged: {}", path.string(), error.what()));
  }
}

/// Arrays that belong together have equal lengths, unless something else than liftwell wrote them.
void require_together(const fs::path& folder, bool fits) {
  if (!fits) throw StorageError(folder.string() + " is damaged: its arrays do not fit together");
}

}  // namespace

std::string artifact_type(const fs::path& folder) {
  std::error_code ignored;
  std::string found;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() != ".h5") continue;
    const std::string name = entry.path().stem().string();
    if (name.starts_with("segment-")) continue;
    const Hdf5Reader file(entry.path());
    // The main file is the one that is named after the type it carries.
    if (file.has_attribute("artifact") && file.attribute("artifact") == name) return name;
    if (name == "model") found = "score_model";
  }
  return found;
}

void require_artifact(const fs::path& folder, const std::string& wanted) {
  if (fs::exists(folder / (wanted + ".h5"))) {
    const Hdf5Reader file(folder / (wanted + ".h5"));
    const std::string says = file.has_attribute("artifact") ? file.attribute("artifact") : "";
    if (says == wanted) return;
    throw StorageError(fmt::format("{} was not written by liftwell: it does not say that it is of type '{}'",
                                   (folder / (wanted + ".h5")).string(), wanted));
  }
  const std::string found = artifact_type(folder);
  throw StorageError(fmt::format("{} holds {}, wanted is an artifact of type '{}'", folder.string(),
                                 found.empty() ? "no artifact" : "an artifact of type '" + found + "'", wanted));
}

void save_artifact(const fs::path& folder, const Targets& targets) {
  write_artifact(folder, targets, {{"note", targets.note}, {"exhausted", targets.exhausted}}, [&](Hdf5Writer& file) {
    file.strings("coarse", targets.coarse);
    file.array("values", targets.values);
  });
}

template <>
std::shared_ptr<const Targets> load_artifact(const fs::path& folder) {
  return read_artifact<Targets>(folder, [&](const Hdf5Reader& file, const Json& rest, Targets& out) {
    out.coarse = file.strings("coarse");
    out.values = file.matrix("values");
    out.note = rest.at("note");
    out.exhausted = rest.at("exhausted");
  });
}

void save_artifact(const fs::path& folder, const Draws& draws) {
  write_artifact(folder, draws, Json::object(), [&](Hdf5Writer& file) {
    file.strings("coarse", draws.coarse);
    file.array("targets", draws.targets);
    file.array("target", draws.target);
    file.array("states", draws.states);
    if (draws.log_weights.size() > 0) file.array("log_weights", draws.log_weights.data(), {draws.log_weights.size()});
  });
}

template <>
std::shared_ptr<const Draws> load_artifact(const fs::path& folder) {
  return read_artifact<Draws>(folder, [&](const Hdf5Reader& file, const Json&, Draws& out) {
    out.coarse = file.strings("coarse");
    out.targets = file.matrix("targets");
    out.target = file.indices("target");
    out.states = file.float_matrix("states");
    if (file.has("log_weights")) out.log_weights = file.matrix("log_weights").reshaped();
    require_together(folder, out.states.rows() == static_cast<Index>(out.target.size()) &&
                                 (out.log_weights.size() == 0 || out.log_weights.size() == out.states.rows()));
  });
}

void save_artifact(const fs::path& folder, const Starts& starts) {
  write_artifact(folder, starts, {{"rejected", starts.rejected}}, [&](Hdf5Writer& file) {
    file.strings("coarse", starts.coarse);
    file.array("targets", starts.targets);
    file.array("target", starts.target);
    file.array("states", starts.states);
    file.strings("origin", starts.origin);
    file.array("proposed", starts.proposed);
    file.array("accepted", starts.accepted);
  });
}

template <>
std::shared_ptr<const Starts> load_artifact(const fs::path& folder) {
  return read_artifact<Starts>(folder, [&](const Hdf5Reader& file, const Json& rest, Starts& out) {
    out.coarse = file.strings("coarse");
    out.targets = file.matrix("targets");
    out.target = file.indices("target");
    out.states = file.matrix("states");
    out.origin = file.strings("origin");
    out.proposed = file.indices("proposed");
    out.accepted = file.indices("accepted");
    out.rejected = rest.at("rejected").get<std::vector<std::map<std::string, Index>>>();
    require_together(folder, out.states.rows() == static_cast<Index>(out.origin.size()));
  });
}

void save_artifact(const fs::path& folder, const FreeEnergy& free_energy) {
  Json differences = Json::array();
  for (const FreeEnergyDifference& d : free_energy.differences) {
    Json entry{{"name", d.name}, {"value", json_number(d.value)}, {"standard_error", json_number(d.standard_error)}};
    if (d.reference) entry["reference"] = json_number(*d.reference);
    differences.push_back(std::move(entry));
  }
  Json tables = Json::array();
  for (const Table& table : free_energy.tables) tables.push_back(to_json(table));
  const Json rest{{"estimator", free_energy.estimator},
                  {"thermal_energy", json_number(free_energy.thermal_energy)},
                  {"unit", free_energy.unit},
                  {"coarse_units", free_energy.coarse_units},
                  {"notes", free_energy.notes},
                  {"tables", std::move(tables)},
                  {"differences", std::move(differences)}};
  write_artifact(folder, free_energy, rest, [&](Hdf5Writer& file) {
    file.strings("coarse", free_energy.coarse);
    file.array("points", free_energy.points);
    file.array("F", free_energy.values.data(), {free_energy.values.size()});
    file.array("standard_error", free_energy.standard_errors.data(), {free_energy.standard_errors.size()});
    file.array("reference", free_energy.reference.data(), {free_energy.reference.size()});
  });
}

template <>
std::shared_ptr<const FreeEnergy> load_artifact(const fs::path& folder) {
  return read_artifact<FreeEnergy>(folder, [&](const Hdf5Reader& file, const Json& rest, FreeEnergy& out) {
    out.coarse = file.strings("coarse");
    out.points = file.matrix("points");
    out.values = file.matrix("F").col(0);
    out.standard_errors = file.matrix("standard_error").col(0);
    out.reference = file.matrix("reference").col(0);
    out.estimator = rest.at("estimator");
    out.thermal_energy = number_from(rest.at("thermal_energy"));
    out.unit = rest.at("unit");
    out.notes = rest.at("notes").get<std::vector<std::string>>();
    // Artifacts of earlier versions have neither.
    out.coarse_units = rest.value("coarse_units", std::vector<std::string>());
    for (const Json& table : rest.value("tables", Json::array())) out.tables.push_back(table_from(table));
    for (const Json& d : rest.at("differences")) {
      FreeEnergyDifference difference{
          d.at("name"), number_from(d.at("value")), number_from(d.at("standard_error")), {}};
      if (d.contains("reference")) difference.reference = number_from(d.at("reference"));
      out.differences.push_back(std::move(difference));
    }
    require_together(folder, out.points.rows() == out.values.size());
  });
}

namespace {

Json to_json(const TargetFinding& finding) {
  Json target = Json::array();
  for (const double value : finding.target) target.push_back(json_number(value));
  Json values = Json::object();
  for (const auto& [name, value] : finding.values) values[name] = json_number(value);
  return {{"coarse", finding.coarse}, {"target", std::move(target)}, {"values", std::move(values)}};
}

TargetFinding target_finding_from(const Json& json) {
  TargetFinding out;
  out.coarse = json.at("coarse").get<std::vector<std::string>>();
  for (const Json& value : json.at("target")) out.target.push_back(number_from(value));
  for (const auto& [name, value] : json.at("values").items()) out.values[name] = number_from(value);
  return out;
}

}  // namespace

void save_artifact(const fs::path& folder, const Findings& findings) {
  Json values = Json::object();
  for (const auto& [name, value] : findings.values) values[name] = json_number(value);
  Json tables = Json::array();
  for (const Table& table : findings.tables) tables.push_back(to_json(table));
  Json targets = Json::array();
  for (const TargetFinding& finding : findings.targets) targets.push_back(to_json(finding));
  write_artifact(folder, findings,
                 {{"values", std::move(values)},
                  {"tables", std::move(tables)},
                  {"targets", std::move(targets)},
                  {"force_evaluations", findings.force_evaluations}},
                 [](Hdf5Writer&) {});
}

template <>
std::shared_ptr<const Findings> load_artifact(const fs::path& folder) {
  return read_artifact<Findings>(folder, [&](const Hdf5Reader&, const Json& rest, Findings& out) {
    for (const auto& [name, value] : rest.at("values").items()) out.values[name] = number_from(value);
    for (const Json& table : rest.at("tables")) out.tables.push_back(table_from(table));
    for (const Json& finding : rest.at("targets")) out.targets.push_back(target_finding_from(finding));
    out.force_evaluations = rest.value("force_evaluations", std::int64_t{0});  // earlier versions did not count
  });
}

}  // namespace liftwell
