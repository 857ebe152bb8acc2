// SPDX-License-Identifier: MIT
// converge: how the error of samplers falls with the score evaluations that they cost.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

struct Options {
  Input<TrainedScoreModel> converge;
  Input<Targets> at;
  std::int64_t per_target = 2000;
  std::vector<Component<Sampler>> samplers;
  std::vector<std::int64_t> steps;
  Component<Sampler> against;

  void check(Problems& problems) const {
    for (std::size_t i = 1; i < steps.size(); ++i)
      if (steps[i] <= steps[i - 1]) return problems.add("steps", "must grow from entry to entry");
  }
};

struct Point {
  double evaluations = 0;  ///< of the score, per draw
  double distance = 0;     ///< in standard deviations
};

struct Curve {
  std::string sampler;
  bool stochastic = false;
  std::vector<Point> points;
};

/// Least-squares slope of -ln distance against ln evaluations over the last three points above `floor`.
double fitted_order(const std::vector<Point>& points, double floor) {
  std::vector<Point> used;
  for (const Point& point : points)
    if (point.distance > floor) used.push_back({std::log(point.evaluations), std::log(point.distance)});
  if (used.size() > 3) used.erase(used.begin(), used.end() - 3);
  if (used.size() < 2) return std::nan("");
  Point mean;
  for (const Point& point : used) {
    mean.evaluations += point.evaluations / static_cast<double>(used.size());
    mean.distance += point.distance / static_cast<double>(used.size());
  }
  double xy = 0, xx = 0;
  for (const Point& point : used) {
    xy += (point.evaluations - mean.evaluations) * (point.distance - mean.distance);
    xx += (point.evaluations - mean.evaluations) * (point.evaluations - mean.evaluations);
  }
  return -xy / xx;
}

/// The error of a sampler is the Wasserstein-1 distance, in standard deviations and averaged over targets and
/// coordinates, of its draws from those of `against`, which start from the same noise. Two maps of the same noise are
/// compared without sampling error. Draws of a stochastic sampler forget where they started, so that they have one: as
/// large as the distance of two sets of `against` from different noise, the floor.
class Converge final : public Stage {
 public:
  explicit Converge(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const auto models = context.shapes(options_.converge.references);
    const auto targets = context.shapes(options_.at.references);
    if (!models.empty() && !targets.empty() && targets.front().coarse != models.front().coarse)
      context.error("at", fmt::format("gives values of {}, but the model is conditioned on {}",
                                      fmt::join(targets.front().coarse, ", "), fmt::join(models.front().coarse, ", ")));
    if (options_.against.build()->ode() == nullptr)
      context.error("against",
                    fmt::format("'{}' is stochastic: its draws are not a map of the noise", options_.against.name()),
                    "a sampler of the probability-flow ODE, such as dormand_prince");
    for (std::size_t i = 0; i < options_.samplers.size(); ++i) {
      const auto& sampler = options_.samplers[i];
      if (sampler.configured().resolved.find("steps") == nullptr)
        context.error("samplers", fmt::format("has '{}', which takes no number of steps", sampler.name()));
      for (std::size_t j = 0; j < i; ++j)
        if (options_.samplers[j].name() == sampler.name())
          context.error("samplers", fmt::format("has two that are called '{}'", sampler.name()),
                        "names of their own, under samplers:");
    }
    return {};
  }

  void run(StageContext& context) const override {
    const auto folder = context.inputs(options_.converge.references).front();
    const auto model = context.restore<ScoreModel>(read_file(folder / "recipe.yaml"))->load(folder);
    const auto targets = context.load(options_.at);
    Matrix labels(targets->values.rows() * options_.per_target, targets->values.cols());
    for (Index i = 0; i < labels.rows(); ++i) labels.row(i) = targets->values.row(i / options_.per_target);

    const double planned = 2 + static_cast<double>(options_.samplers.size() * options_.steps.size());
    double done = 0;
    const auto draw = [&](const Sampler& sampler, const char* purpose, double* evaluations = nullptr) {
      if (context.stop_requested()) context.interrupted();
      std::int64_t count = 0;
      Matrix states = model->draw(sampler, labels, context.stream(purpose), 0, context.executor(), count);
      context.counts().score_evaluations += count;
      if (evaluations != nullptr) *evaluations = static_cast<double>(count) / static_cast<double>(labels.rows());
      context.progress(++done, planned, "sets of draws");
      return states;
    };
    const auto against = options_.against.build();
    const Matrix exact = draw(*against, "sampler noise");
    const double floor = distance(draw(*against, "other noise"), exact);
    std::vector<Curve> curves;
    for (const auto& chosen : options_.samplers) {
      Curve& curve = curves.emplace_back(Curve{chosen.name(), chosen.build()->ode() == nullptr, {}});
      for (const std::int64_t steps : options_.steps) {
        Point& point = curve.points.emplace_back();
        const Matrix states = draw(*with_steps(chosen.configured(), steps), "sampler noise", &point.evaluations);
        point.distance = distance(states, exact);
      }
    }
    report(curves, floor, context);
  }

 private:
  static std::unique_ptr<Sampler> with_steps(const Configured& configured, std::int64_t steps) {
    Node changed = configured.resolved;
    changed.find("steps")->text = std::to_string(steps);
    return build<Sampler>(*configure("sampler", to_yaml(changed)));
  }

  [[nodiscard]] double distance(const Matrix& draws, const Matrix& exact) const {
    double sum = 0, count = 0;
    const Index size = options_.per_target;
    for (Index first = 0; first < draws.rows(); first += size)
      for (Index c = 0; c < draws.cols(); ++c) {
        Vector a = draws.col(c).segment(first, size), b = exact.col(c).segment(first, size);
        const double deviation = std::sqrt((b.array() - b.mean()).square().mean());
        if (deviation <= 1e-9 * (1 + std::abs(b.mean()))) continue;  // held at the target
        std::sort(a.begin(), a.end());
        std::sort(b.begin(), b.end());
        sum += (a - b).cwiseAbs().mean() / deviation;
        ++count;
      }
    return sum / count;
  }

  void report(const std::vector<Curve>& curves, double floor, StageContext& context) const {
    Table table{fmt::format("Wasserstein-1 distance of draws from those of {}; for stochastic samplers between equal "
                            "laws {:.2g} sd",
                            options_.against.name(), floor),
                {{"sampler", "", 0}, {"evaluations", "", 0}, {"distance", "sd", 7}, {"order", "", 2}},
                {}};
    Findings findings;
    nlohmann::json drawn = nlohmann::json::array();
    for (const Curve& curve : curves) {
      const double order = fitted_order(curve.points, curve.stochastic ? 2 * floor : 0);
      nlohmann::json points = nlohmann::json::array();
      for (const Point& point : curve.points) {
        const bool last = &point == &curve.points.back();
        table.rows.push_back({curve.sampler, point.evaluations, point.distance, last ? order : std::nan("")});
        points.push_back({{"evaluations", point.evaluations}, {"distance", point.distance}});
      }
      findings.values["converge." + curve.sampler + ".order"] = order;
      findings.values["converge." + curve.sampler + ".smallest_distance"] = curve.points.back().distance;
      nlohmann::json entry{{"sampler", curve.sampler}, {"stochastic", curve.stochastic}, {"points", std::move(points)}};
      entry["order"] = std::isfinite(order) ? nlohmann::json(order) : nlohmann::json();
      drawn.push_back(std::move(entry));
    }
    context.facts()["convergence"] = {{"floor", floor}, {"samplers", std::move(drawn)}};
    context.show(table);
    findings.tables.push_back(std::move(table));
    save_artifact(context.folder(), findings);
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(converge) {
  return Declaration<Stage, Options>("converge",
                                     "Measures how the error of samplers falls with their score evaluations, and draws "
                                     "it: how many steps a model needs, and the order of a sampler.")
      .reference("Kloeden and Platen, Numerical Solution of Stochastic Differential Equations (1992), section 9.7.")
      .parameter("converge", &Options::converge, unit::none, "Stage that trained the model.", required())
      .parameter("at", &Options::at, unit::none, "Stage that chose the target values.", required())
      .parameter("per_target", &Options::per_target, unit::none, "States drawn at each target.", at_least(2))
      .parameter("samplers", &Options::samplers, unit::none, "Samplers to measure, one or a list.", required())
      .parameter("steps", &Options::steps, unit::none, "Their numbers of steps, growing.", required() | at_least(1))
      .parameter("against", &Options::against, unit::none,
                 "Sampler of the probability-flow ODE whose draws count as exact.", required())
      .produces<Findings>()
      .example(
          "{converge: fit, at: centres, samplers: [{type: adams}, {type: heun}], steps: [10, 20, 40, 80], against: "
          "{type: dormand_prince, relative_tolerance: 1e-6, absolute_tolerance: 1e-6}}")
      .creates<Converge>();
}

}  // namespace liftwell
