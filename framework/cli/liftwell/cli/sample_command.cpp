// SPDX-License-Identifier: MIT
// liftwell sample DIR --at name=value --count N --output FILE: draws from a trained run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <thread>

#include "liftwell/base/display_unit.hpp"
#include "liftwell/base/quantity.hpp"
#include "liftwell/base/unit.hpp"
#include "liftwell/cli/messages.hpp"
#include "liftwell/cli/run_session.hpp"
#include "liftwell/cli/verbs.hpp"
#include "liftwell/config/yaml_reader.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/pipeline/engine.hpp"
#include "liftwell/store/array_file.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/manifest.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

struct SampleArguments {
  std::string folder, model, output, format;
  std::vector<std::string> at;
  std::int64_t count = 1000;
  int threads = 0;
  std::uint64_t seed = 0;
  std::string sampler = "{type: adams, steps: 40}";
};

/// Folders of the trained models that a run lists as finished.
std::vector<fs::path> finished_models(const fs::path& run, const Manifest& manifest) {
  std::vector<fs::path> out;
  for (const auto& [file, fingerprint] : manifest.artifacts())
    if (fs::path(file).filename() == "recipe.yaml") out.push_back(run / fs::path(file).parent_path());
  return out;
}

/// The artifact folder of "STAGE" (its last cycle) or "STAGE@CYCLE"; of the last trained model when empty. Throws
/// StorageError where its files are not what the run wrote.
fs::path find_model(const fs::path& run, const std::string& wanted) {
  const Manifest manifest = Manifest::open(run);
  const auto at = wanted.find('@');
  const std::string stage = wanted.substr(0, at);
  const std::string cycle = at == std::string::npos ? "" : wanted.substr(at + 1);
  std::vector<fs::path> found;
  for (const fs::path& artifact : finished_models(run, manifest)) {
    if (!stage.empty() && artifact.filename() != stage) continue;
    if (!cycle.empty() && artifact.parent_path().filename() != fmt::format("{:0>3}-cycle", cycle)) continue;
    found.push_back(artifact);
  }
  if (found.empty())
    throw InputError(
        fmt::format("{} holds no trained score model{}", run.string(), wanted.empty() ? "" : " '" + wanted + "'"));
  // The stages after a loop are the run's last word; within a loop the highest cycle is.
  std::sort(found.begin(), found.end());
  const bool outside_loop = found.front().parent_path().filename() == "000-cycle";
  fs::path model = outside_loop ? found.front() : found.back();
  if (const auto wrong = manifest.verify(model); !wrong.empty())
    throw StorageError(
        fmt::format("{}/{}; restore it, or name another model with --model", run.string(), wrong.front().text()));
  return model;
}

/// Whether the run has molecular units, so that values may have one.
bool molecular(const fs::path& run) {
  Diagnostics errors;
  const auto resolved = read_yaml_file(run / "resolved.yaml", errors);
  const Node* units = resolved ? resolved->find("units") : nullptr;
  return units != nullptr && units->text == "molecular";
}

/// "1.2", or "60deg" and "60 deg" where units are allowed, in a unit of what the variable is `measured_in`.
double read_value(const std::string& option, const std::string& text, Unit measured_in, bool units) {
  const auto written = split_quantity(text);
  if (!written || !std::isfinite(written->number))
    throw InputError(fmt::format("--at {}: '{}' is not a number", option, text));
  const auto& [number, unit] = *written;
  if (unit.empty()) return number;
  if (!is_unit(unit))
    throw InputError(fmt::format("--at {}: '{}' is not a number, or has an unknown unit", option, text));
  if (!units)
    throw InputError(
        fmt::format("--at {}: '{}' has a unit, but this run is in reduced units; give a plain number", option, text));
  const auto factor = unit_factor(measured_in, unit);
  if (!factor) {
    const std::vector<std::string> allowed = unit_spellings(measured_in);
    throw InputError(fmt::format("--at {}: '{}' has a unit of something else; allowed: {}", option, text,
                                 allowed.empty() ? "a plain number" : join_or(allowed)));
  }
  return number * *factor;
}

/// The values of --at in the order of the model's coarse variables, which are called `coarse`.
Eigen::RowVectorXd label_of(const std::vector<std::string>& given, const std::vector<std::string>& coarse,
                            const CoarseMap& variables, bool units) {
  Eigen::RowVectorXd out = Eigen::RowVectorXd::Constant(static_cast<Index>(coarse.size()), std::nan(""));
  for (const std::string& text : given) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto found = std::find(coarse.begin(), coarse.end(), name);
    if (equals == std::string::npos || found == coarse.end())
      throw InputError(fmt::format("--at {}: must be name=value with a name among {}", text, join_or(coarse)));
    const std::string value = text.substr(equals + 1);
    const Index variable = found - coarse.begin();
    double& place = out(variable);
    if (!std::isnan(place)) throw InputError(fmt::format("--at {}: a value of {} was given before", text, name));
    place = read_value(text, value, variables.measured_in(variable), units);
    if (const auto misfit = variables.misfit_of_value(variable, place); !misfit.empty())
      throw InputError(fmt::format("--at {}: {}", text, misfit));
  }
  for (std::size_t k = 0; k < coarse.size(); ++k)
    if (std::isnan(out(static_cast<Index>(k)))) throw InputError(fmt::format("--at {}=VALUE is missing", coarse[k]));
  return out;
}

void warn_outside(const TrainedScoreModel& model, const CoarseMap& coarse, const Eigen::RowVectorXd& label,
                  bool units) {
  const Matrix range = model.label_range();
  for (Index k = 0; k < label.size(); ++k) {
    const double distance = coarse.outside(k, label(k), range(k, 0), range(k, 1));
    const std::string unit = units ? after_number(display_measure(coarse.measured_in(k))) : std::string();
    if (distance > 0)
      std::cerr << fmt::format("warning: {} = {:.6g}{} lies {:.4g}{} outside the training range, {:.4g} to {:.4g}{}\n",
                               model.coarse()[static_cast<std::size_t>(k)], label(k), unit, distance, unit, range(k, 0),
                               range(k, 1), unit);
  }
}

void run(const SampleArguments& arguments) {
  const fs::path run(arguments.folder);
  require_run_folder(run);
  const fs::path folder = find_model(run, arguments.model);
  const auto recipe = build<ScoreModel>(*configure("score_model", read_file(folder / "recipe.yaml"), true, run));
  const auto model = recipe->load(folder);
  const auto sampler = build<Sampler>(*configure("sampler", arguments.sampler));
  const bool units = molecular(run);
  const Eigen::RowVectorXd label = label_of(arguments.at, model->coarse(), recipe->condition(), units);
  warn_outside(*model, recipe->condition(), label, units);
  const Executor executor(arguments.threads > 0 ? arguments.threads
                                                : static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  std::int64_t evaluations = 0;
  const FloatMatrix states =
      model
          ->draw(*sampler, label.replicate(arguments.count, 1), RandomStream::named(arguments.seed, {"sample command"}),
                 0, executor, evaluations)
          .cast<float>();
  if (!states.allFinite())
    throw RunError(
        fmt::format("the model in {} draws what is no number; its training may have diverged, or the "
                    "sampler's steps are too few",
                    folder.string()));
  write_array(arguments.output, arguments.format, states);
  std::cout << fmt::format("{} states of dimension {} from {} in {}\n", states.rows(), states.cols(), folder.string(),
                           arguments.output);
}

}  // namespace

void add_sample(CLI::App& app, Outcome&) {
  const auto arguments = std::make_shared<SampleArguments>();
  CLI::App& verb = *app.add_subcommand("sample", "Draws states from a trained run at given coarse values");
  verb.add_option("DIR", arguments->folder, "Folder of the run")->required();
  verb.add_option("--model", arguments->model, "STAGE or STAGE@CYCLE that trained the model (default: the last)");
  verb.add_option(
          "--at", arguments->at,
          "name=value, once for each coarse variable; with a unit where the run has units: phi=60deg, d=3angstrom")
      ->required();
  verb.add_option("--count", arguments->count, "States to draw")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31));
  verb.add_option("--seed", arguments->seed, "Seed of the random numbers")->check(CLI::NonNegativeNumber);
  verb.add_option("--sampler", arguments->sampler, "The sampler, as in a workflow")->capture_default_str();
  verb.add_option("--output", arguments->output, "File to write")->required();
  verb.add_option("--format", arguments->format, "npy, csv, h5, or dcd for a molecule (default: by the file's ending)")
      ->check(CLI::IsMember({"npy", "csv", "h5", "dcd"}));
  verb.add_option("--threads", arguments->threads,
                  "Threads to use; draws do not depend on it (default: all processors)")
      ->check(CLI::Range(1, 4096));
  verb.callback([arguments] { run(*arguments); });
}

}  // namespace liftwell
