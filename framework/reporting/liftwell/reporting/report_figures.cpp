// SPDX-License-Identifier: MIT
#include "liftwell/reporting/report_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "liftwell/base/error.hpp"
#include "liftwell/pipeline/engine.hpp"
#include "liftwell/reporting/html.hpp"
#include "liftwell/store/artifact.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t most_named_targets = 6;

/// All executions of one stage, in the order of their cycles.
struct Executions {
  std::string stage;
  std::string artifact;
  std::map<int, const Json*> cycles;
};

std::vector<Executions> executions(const Json& summary) {
  std::vector<Executions> out;
  for (const Json& entry : html::at(summary, "stages")) {
    const std::string stage = html::text(entry, "stage");
    auto same = std::find_if(out.begin(), out.end(), [&](const Executions& e) { return e.stage == stage; });
    if (same == out.end()) same = out.insert(out.end(), Executions{stage, html::text(entry, "artifact"), {}});
    same->cycles[entry.value("cycle", 0)] = &entry;
  }
  return out;
}

std::string after_cycle(int cycle) { return cycle > 0 ? fmt::format(", cycle {}", cycle) : std::string(); }

/// Draws the figures of one run.
class FigureMaker {
 public:
  FigureMaker(fs::path run, const Json& summary, std::vector<std::string>& problems)
      : run_(std::move(run)), problems_(problems), stages_(executions(summary)) {}

  std::vector<NamedFigure> make() {
    for (const Executions& stage : stages_)
      if (stage.artifact == FreeEnergy::type_name) free_energies(stage);
    for (const Executions& stage : stages_)
      if (stage.artifact == Draws::type_name) draws(stage);
    for (const Executions& stage : stages_) losses(stage);
    for (const Executions& stage : stages_) convergence(stage);
    return std::move(out_);
  }

 private:
  template <class Artifact>
  std::shared_ptr<const Artifact> load(const std::string& stage, int cycle) {
    const fs::path folder = artifact_folder(run_, cycle, stage);
    if (!fs::exists(folder)) return nullptr;  // recorded before it got its final name, or removed since
    try {
      return load_artifact<Artifact>(folder);
    } catch (const StorageError& error) {
      problems_.emplace_back(error.what());
      return nullptr;
    }
  }

  void add(const std::string& file, Figure figure) {
    figure.width = 600;  // two stand side by side at nearly full size
    figure.height = 390;
    out_.push_back({file + ".svg", std::move(figure)});
  }

  void free_energies(const Executions& stage) {
    std::vector<FreeEnergy> all;
    std::vector<int> cycles;
    for (const auto& [cycle, entry] : stage.cycles)
      if (const auto f = load<FreeEnergy>(stage.stage, cycle)) {
        all.push_back(*f);
        cycles.push_back(cycle);
      }
    if (all.empty()) return;
    add(stage.stage + "-free-energy",
        free_energy_figure(all.back(), "Free energy: " + stage.stage + after_cycle(cycles.back())));
    if (all.back().coarse.size() == 2) {
      add(stage.stage + "-free-energy-map",
          free_energy_map(all.back(), "Free energy: " + stage.stage + after_cycle(cycles.back())));
      out_.back().figure.height = 540;
    }
    if (all.size() < 2) return;
    add(stage.stage + "-history", free_energy_history_figure(all, "Free energy over the cycles: " + stage.stage));
    for (std::size_t d = 0; d < all.back().differences.size(); ++d) difference(stage, all, cycles, d);
  }

  void difference(const Executions& stage, const std::vector<FreeEnergy>& all, const std::vector<int>& cycles,
                  std::size_t which) {
    const FreeEnergyDifference& last = all.back().differences[which];
    Figure figure;
    figure.title = fmt::format("ΔF {} over the cycles", last.name);
    figure.caption = "Free-energy difference after each cycle, with its 95 % interval.";
    figure.x = {"cycle", "", cycles.front() - 0.5, cycles.back() + 0.5, true};
    figure.y = {"ΔF", all.back().unit, {}, {}};
    Series series{"estimate ± 95 %", Series::Look::points, {}, {}, {}, 0};
    for (std::size_t c = 0; c < all.size(); ++c)
      for (const FreeEnergyDifference& d : all[c].differences)
        if (d.name == last.name) {
          series.x.push_back(cycles[c]);
          series.y.push_back(d.value);
          series.half_width.push_back(normal_95 * d.standard_error);
        }
    figure.series.push_back(std::move(series));
    if (last.reference)
      figure.series.push_back({"exact",
                               Series::Look::dashed,
                               {cycles.front() - 0.5, cycles.back() + 0.5},
                               {*last.reference, *last.reference},
                               {}});
    add(fmt::format("{}-difference-{}", stage.stage, which + 1), std::move(figure));
  }

  /// Last states of the newest simulation of that dimension, as a backdrop.
  std::optional<Cloud> simulated(Index dimension) {
    for (auto stage = stages_.rbegin(); stage != stages_.rend(); ++stage) {
      if (stage->artifact != Ensemble::type_name || stage->cycles.empty()) continue;
      const int cycle = stage->cycles.rbegin()->first;
      const auto ensemble = load<Ensemble>(stage->stage, cycle);
      if (!ensemble || ensemble->info().dimension != dimension) continue;
      try {
        const Matrix states = ensemble->last_states();
        Cloud cloud{"last states of " + stage->stage + after_cycle(cycle), {}, {}};
        for (Index i = 0; i < states.rows(); ++i) {
          cloud.x.push_back(states(i, 0));
          cloud.y.push_back(states(i, 1));
        }
        return cloud;
      } catch (const StorageError& error) {
        problems_.emplace_back(error.what());
      }
    }
    return std::nullopt;
  }

  void draws(const Executions& stage) {
    const int cycle = stage.cycles.rbegin()->first;
    const auto drawn = load<Draws>(stage.stage, cycle);
    if (!drawn || drawn->states.rows() == 0 || drawn->states.cols() == 0) return;
    const bool named = drawn->targets.rows() >= 1 && drawn->targets.cols() >= 1 &&
                       static_cast<std::size_t>(drawn->targets.rows()) <= most_named_targets;
    std::vector<Cloud> clouds(named ? static_cast<std::size_t>(drawn->targets.rows()) : 1);
    for (std::size_t t = 0; t < clouds.size(); ++t) {
      clouds[t].name = "drawn";
      for (Index c = 0; named && c < drawn->targets.cols(); ++c)
        clouds[t].name +=
            fmt::format("{} {} = {:.4g}", c == 0 ? " at" : ",", drawn->coarse[static_cast<std::size_t>(c)],
                        drawn->targets(static_cast<Index>(t), c));
    }
    const Index columns = drawn->states.cols();
    // As many as places of atoms: each state has a frame of its own, in which two coordinates of one atom say nothing.
    if (columns >= 9 && columns % 3 == 0) return;
    for (Index i = 0; i < drawn->states.rows(); ++i) {
      Cloud& cloud = clouds[named ? static_cast<std::size_t>(drawn->target[static_cast<std::size_t>(i)]) : 0];
      cloud.x.push_back(drawn->states(i, 0));
      if (columns > 1) cloud.y.push_back(drawn->states(i, 1));
    }
    const std::string title = "Drawn states: " + stage.stage + after_cycle(cycle);
    if (columns == 1) {
      std::vector<Sample> samples;
      for (const Cloud& cloud : clouds) samples.push_back({cloud.name, cloud.x});
      add(stage.stage + "-draws", density_figure(samples, {"coordinate 0", "", {}, {}}, title));
      return;
    }
    Figure figure = scatter_figure(clouds, {"coordinate 0", "", {}, {}}, {"coordinate 1", "", {}, {}}, title);
    if (const auto backdrop = simulated(columns)) {
      Figure under = scatter_figure({*backdrop}, figure.x, figure.y, title);
      under.series[0].colour = 6;
      under.series[0].opacity = 0.6;
      figure.series.insert(figure.series.begin(), under.series[0]);
      figure.caption = "Where the model draws states, over where the simulations ended.";
    }
    add(stage.stage + "-draws", std::move(figure));
  }

  void losses(const Executions& stage) {
    const auto& [cycle, entry] = *stage.cycles.rbegin();
    const Json& history = html::at(html::at(*entry, "facts"), "training_history");
    if (!history.is_array() || history.size() < 2) return;
    Figure figure;
    figure.title = "Training: " + stage.stage + after_cycle(cycle);
    figure.caption = "Denoising loss on the training and on held-out frames.";
    figure.x = {"training step", "", {}, {}};
    figure.y = {"loss", "", {}, {}};
    for (const auto& [key, name] :
         std::map<std::string, std::string>{{"loss", "training"}, {"validation_loss", "held out"}}) {
      Series series{name, Series::Look::line, {}, {}, {}};
      for (const Json& line : history) {
        series.x.push_back(html::real(html::at(line, "step")));
        series.y.push_back(html::real(html::at(line, key)));
      }
      figure.series.push_back(std::move(series));
    }
    // The first steps of an untrained network would squash all that follows.
    std::vector<double> losses;
    for (const Series& series : figure.series)
      for (const double y : series.y)
        if (std::isfinite(y)) losses.push_back(y);
    std::sort(losses.begin(), losses.end());
    if (losses.size() >= 10) {
      const double usual = losses[losses.size() * 9 / 10];
      figure.y.high = std::min(losses.back(), usual + 0.5 * (usual - losses.front())) + 0.05 * (usual - losses.front());
    }
    add(stage.stage + "-loss", std::move(figure));
  }

  void convergence(const Executions& stage) {
    const auto& [cycle, entry] = *stage.cycles.rbegin();
    const Json& found = html::at(html::at(*entry, "facts"), "convergence");
    if (!found.is_object()) return;
    Figure figure;
    figure.title = "Convergence of samplers: " + stage.stage + after_cycle(cycle);
    figure.caption = "Error of the draws against the score evaluations that each cost; orders are fitted slopes.";
    figure.x = {"score evaluations per draw", "", {}, {}, false, true};
    figure.y = {"Wasserstein-1 distance", "sd", {}, {}, false, true};
    bool stochastic = false;
    Series floor{"two exact sets", Series::Look::dashed, {}, {}, {}};
    for (const Json& sampler : html::at(found, "samplers")) {
      const double order = html::real(html::at(sampler, "order"));
      Series series{html::text(sampler, "sampler"), Series::Look::line, {}, {}, {}};
      if (std::isfinite(order)) series.name += fmt::format(", order {:.1f}", order);
      for (const Json& point : html::at(sampler, "points")) {
        series.x.push_back(html::real(html::at(point, "evaluations")));
        series.y.push_back(html::real(html::at(point, "distance")));
        floor.x.push_back(series.x.back());
      }
      stochastic = stochastic || sampler.value("stochastic", false);
      Series marks = series;
      marks.name.clear();
      marks.look = Series::Look::points;
      marks.colour = series.colour = static_cast<int>(figure.series.size() / 2);
      figure.series.push_back(std::move(series));
      figure.series.push_back(std::move(marks));
    }
    if (stochastic && !floor.x.empty()) {
      const auto [low, high] = std::minmax_element(floor.x.begin(), floor.x.end());
      floor.x = {*low, *high};
      floor.y.assign(2, html::real(html::at(found, "floor")));
      figure.series.push_back(std::move(floor));
    }
    add(stage.stage + "-convergence", std::move(figure));
  }

  fs::path run_;
  std::vector<std::string>& problems_;
  std::vector<Executions> stages_;
  std::vector<NamedFigure> out_;
};

}  // namespace

std::vector<NamedFigure> run_figures(const fs::path& run_folder, const Json& summary,
                                     std::vector<std::string>& problems) {
  return FigureMaker(run_folder, summary, problems).make();
}

}  // namespace liftwell
