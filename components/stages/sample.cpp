// SPDX-License-Identifier: MIT
// sample: draws states from a trained score model at target coarse values (the lifting step).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "correction.hpp"
#include "liftwell/base/display_unit.hpp"
#include "liftwell/families/projection.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

struct Correction {
  Component<System> system;
  Component<Bias> bias;
  std::int64_t chain = 20;
  std::int64_t probes = 0;

  void check(Problems& problems) const {
    if (probes > 0 && chain > 0)
      problems.add("probes", "is for importance weights: a chain is exact only where densities are",
                   std::to_string(probes), "0, or chain: 0");
    if (bias && !system) problems.add("system", "is needed to weigh draws", "", "the system whose law is meant");
  }
};

struct Projecting {
  std::optional<double> tolerance;
  std::int64_t max_steps = 50;
};

struct Options {
  Input<TrainedScoreModel> sample;
  Input<Targets> at;
  std::int64_t per_target = 16;
  Component<Sampler> sampler;
  Correction correct;
  Projecting project;

  void check(Problems& problems) const {
    if (correct.system && project.tolerance)
      problems.add("project", "cannot be combined with correct: moved states have another density", "",
                   "one of the two");
  }
};

class Sample final : public Stage {
 public:
  explicit Sample(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const auto models = context.shapes(options_.sample.references);
    const auto targets = context.shapes(options_.at.references);
    if (models.empty()) return {};
    if (!targets.empty() && targets.front().coarse != models.front().coarse)
      context.error("at", fmt::format("gives values of {}, but the model is conditioned on {}",
                                      fmt::join(targets.front().coarse, ", "), fmt::join(models.front().coarse, ", ")));
    check_correction(models.front(), context);
    Shape draws = models.front();
    draws.weighed = static_cast<bool>(options_.correct.system);
    return draws;
  }

  void run(StageContext& context) const override {
    const auto folder = context.inputs(options_.sample.references).front();
    const auto recipe = context.restore<ScoreModel>(read_file(folder / "recipe.yaml"));
    const auto model = recipe->load(folder);
    const auto targets = context.load(options_.at);
    const auto sampler = options_.sampler.build();
    if (const std::string why = model->why_no_volume(); options_.correct.system && !why.empty())
      throw InputError("draws cannot be corrected: " + why);
    warn_outside(*model, recipe->condition(), *targets, context);

    Draws draws;
    draws.coarse = targets->coarse;
    draws.targets = targets->values;
    const Index count = targets->values.rows() * options_.per_target;
    for (Index i = 0; i < count; ++i) draws.target.push_back(i / options_.per_target);
    draws.states.resize(count, model->dimension());
    if (options_.correct.system) draws.log_weights.resize(count);
    const auto system = options_.correct.system ? options_.correct.system.build() : nullptr;
    const auto bias = options_.correct.bias ? options_.correct.bias.build() : nullptr;
    const auto law = system ? std::optional<ExactLaw>(std::in_place, *system, bias.get()) : std::nullopt;
    Report report(targets->values.rows());
    // In pieces, so that a long draw shows its progress and can be interrupted.
    const Index piece = options_.correct.system ? 2048 : 16384;
    std::int64_t evaluations = 0;
    context.progress(0, static_cast<double>(count), "samples");
    for (Index first = 0; first < count; first += piece) {
      if (context.stop_requested()) context.interrupted();
      const Index rows = std::min(piece, count - first);
      Matrix labels(rows, targets->values.cols());
      for (Index i = 0; i < rows; ++i) labels.row(i) = targets->values.row((first + i) / options_.per_target);
      if (options_.correct.system)
        draw_corrected(*model, *sampler, *law, labels, first, draws, report, context, evaluations);
      else
        draw_plain(*model, *recipe, *sampler, labels, first, draws, report, context, evaluations);
      context.progress(static_cast<double>(first + rows), static_cast<double>(count), "samples");
    }
    require_numbers(draws, context);
    show(report, draws, context);
    save_artifact(context.folder(), draws);
    context.counts().score_evaluations = evaluations;
    context.fact("samples", count);
  }

 private:
  /// What is told of each target.
  struct Report {
    explicit Report(Index targets)
        : accepted(Vector::Zero(targets)), moved(Vector::Zero(targets)), furthest(Vector::Zero(targets)) {}
    Vector accepted, moved, furthest;
    Index moves = 0;   ///< proposals of each chain
    Index failed = 0;  ///< states that could not be projected
    double density_error = 0;
    double probe_error = 0;  ///< mean standard error of Hutchinson's estimates
  };

  void check_correction(const Shape& model, CheckContext& context) const {
    if (!options_.correct.system) return;
    const auto system = options_.correct.system.build();
    if (!system->abilities().energies) context.error("correct", "needs a system that can tell the energy of a state");
    if (model.dimension != 0 && model.dimension != system->dimension())
      context.error("correct", fmt::format("names a system of dimension {}, but the model draws states of dimension {}",
                                           system->dimension(), model.dimension));
    if (options_.sampler.build()->ode() == nullptr)
      context.error(
          "sampler",
          fmt::format("'{}' is stochastic, and 'correct' needs draws whose density is known", options_.sampler.name()),
          "a sampler of the probability-flow ODE, such as dormand_prince or adams");
    if (!options_.correct.bias) {
      if (!model.coarse.empty() && !model.holds_condition)
        context.error("correct",
                      "has no bias, so that draws would leave their targets for the law without one; the model learned "
                      "with label noise",
                      "correct.bias, the bias whose windows the model draws from, or a model with conditioning: held");
      return;
    }
    const auto bias = options_.correct.bias.build();
    if (!model.coarse.empty() && bias->coarse().names() != model.coarse)
      context.error("correct", fmt::format("names a bias on {}, but the model is conditioned on {}",
                                           fmt::join(bias->coarse().names(), ", "), fmt::join(model.coarse, ", ")));
  }

  void draw_plain(const TrainedScoreModel& model, const ScoreModel& recipe, const Sampler& sampler,
                  const Matrix& labels, Index first, Draws& draws, Report& report, StageContext& context,
                  std::int64_t& evaluations) const {
    Matrix states = model.draw(sampler, labels, context.stream("sampler noise"), static_cast<std::uint32_t>(first),
                               context.executor(), evaluations);
    if (options_.project.tolerance) {
      const Projection moved =
          project(states, labels, recipe.condition(), *options_.project.tolerance, options_.project.max_steps);
      report.failed += moved.failed;
      for (Index i = 0; i < labels.rows(); ++i) {
        const Index target = draws.target[static_cast<std::size_t>(first + i)];
        report.moved[target] += moved.moved[i] / static_cast<double>(options_.per_target);
        report.furthest[target] = std::max(report.furthest[target], moved.moved[i]);
      }
    }
    draws.states.middleRows(first, labels.rows()) = states.cast<float>();
  }

  void draw_corrected(const TrainedScoreModel& model, const Sampler& sampler, const ExactLaw& law, const Matrix& labels,
                      Index first, Draws& draws, Report& report, StageContext& context,
                      std::int64_t& evaluations) const {
    const Corrector corrector{model,
                              *sampler.ode(),
                              law,
                              context.stream("sampler noise"),
                              context.stream("Metropolis decisions"),
                              context.executor(),
                              evaluations,
                              {.probes = options_.correct.probes, .stream = context.stream("probes")}};
    if (first == 0) report.density_error = corrector.density_error(labels);
    const CorrectedDraws corrected = corrector.run(labels, options_.correct.chain, static_cast<std::uint32_t>(first));
    context.counts().force_evaluations += labels.rows() * (1 + options_.correct.chain);
    draws.states.middleRows(first, labels.rows()) = corrected.states.cast<float>();
    draws.log_weights.segment(first, labels.rows()) = corrected.log_weights;
    report.moves = corrected.moves;
    for (const double error : corrected.standard_error)
      if (std::isfinite(error)) report.probe_error += error / static_cast<double>(draws.states.rows());
    for (Index i = 0; i < labels.rows(); ++i)
      report.accepted[draws.target[static_cast<std::size_t>(first + i)]] +=
          static_cast<double>(corrected.accepted[static_cast<std::size_t>(i)]);
  }

  static void require_numbers(const Draws& draws, StageContext& context) {
    Index lost = 0;
    for (Index i = 0; i < draws.states.rows(); ++i) lost += draws.states.row(i).allFinite() ? 0 : 1;
    if (lost == draws.states.rows())
      throw RunError("no draw is a number: the model's training may have diverged, or the sampler's steps are too few");
    if (lost > 0)
      context.warn(
          fmt::format("{} of {} draws are no numbers and will not be used; look at the model's training, or "
                      "take more steps of the sampler",
                      lost, draws.states.rows()));
  }

  void show(const Report& report, const Draws& draws, StageContext& context) const {
    if (report.failed > 0)
      context.warn(
          fmt::format("{} states could not be moved onto the level set in {} steps and were left as drawn; "
                      "raise project.max_steps, or train with less label noise",
                      report.failed, options_.project.max_steps));
    if (options_.correct.system) show_correction(report, draws, context);
    if (options_.project.tolerance) show_projection(report, draws, context);
  }

  void show_correction(const Report& report, const Draws& draws, StageContext& context) const {
    const auto each = static_cast<double>(options_.per_target);
    Table table{
        fmt::format("{} (ln p of a draw is known to {:.2g}{})",
                    report.moves > 0 ? fmt::format("Metropolis chains of {} proposals for each draw", report.moves)
                                     : "Importance weights of the draws",
                    report.density_error,
                    options_.correct.probes > 0
                        ? fmt::format(", and {:.2g} by {} probes", report.probe_error, options_.correct.probes)
                        : ""),
        {},
        {}};
    for (const std::string& name : draws.coarse) table.columns.push_back({name, "", 4});
    table.columns.push_back({"draws", "", 0});
    if (report.moves > 0) {
      table.columns.push_back({"acceptance", "", 3});
      table.columns.push_back({"standard error", "", 4});
    } else {
      table.columns.push_back({"effective size", "", 0});
      table.columns.push_back({"share of draws", "", 3});
    }
    double lowest = 1;
    for (Index t = 0; t < draws.targets.rows(); ++t) {
      auto& row = table.rows.emplace_back();
      for (const double z : draws.targets.row(t)) row.emplace_back(z);
      row.emplace_back(each);
      if (report.moves > 0) {
        const double proposals = each * static_cast<double>(report.moves);
        const double rate = report.accepted[t] / proposals;
        row.emplace_back(rate);
        row.emplace_back(std::sqrt(rate * (1 - rate) / proposals));
        lowest = std::min(lowest, rate);
      } else {
        const double size = effective_size(draws.log_weights.segment(t * options_.per_target, options_.per_target));
        row.emplace_back(size);
        row.emplace_back(size / each);
      }
    }
    context.show(table);
    if (report.moves > 0) context.fact("lowest_acceptance", lowest);
    context.fact("density_error", report.density_error);
    if (options_.correct.probes > 0) context.fact("probe_standard_error", report.probe_error);
    if (const std::string fault = density_fault(report.density_error); !fault.empty())
      context.warn("corrected draws " + fault);
  }

  void show_projection(const Report& report, const Draws& draws, StageContext& context) const {
    Table table{"How far draws were moved onto the level set", {}, {}};
    for (const std::string& name : draws.coarse) table.columns.push_back({name, "", 4});
    table.columns.push_back({"mean move", "length", 5});
    table.columns.push_back({"largest move", "length", 5});
    for (Index t = 0; t < draws.targets.rows(); ++t) {
      auto& row = table.rows.emplace_back();
      for (const double z : draws.targets.row(t)) row.emplace_back(z);
      row.emplace_back(report.moved[t]);
      row.emplace_back(report.furthest[t]);
    }
    context.show(table);
  }

  static void warn_outside(const TrainedScoreModel& model, const CoarseMap& coarse, const Targets& targets,
                           StageContext& context) {
    const Matrix range = model.label_range();
    for (Index k = 0; k < targets.values.cols(); ++k) {
      double outside = 0;
      for (const double z : targets.values.col(k))
        outside = std::max(outside, coarse.outside(k, z, range(k, 0), range(k, 1)));
      const std::string& name = targets.coarse[static_cast<std::size_t>(k)];
      const std::string unit = after_number(context.unit_of_variable(name));
      // One window beyond the edge is the method's way forward; further is guessing.
      if (outside > 0.1 * (range(k, 1) - range(k, 0)))
        context.warn(fmt::format("targets of {} lie up to {:.3g} outside the training range, {:.4g} to {:.4g}{}", name,
                                 outside, range(k, 0), range(k, 1), unit));
    }
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(sample) {
  return Declaration<Stage, Options>("sample", "Draws states from a trained score model at target coarse values.")
      .reference("Crabtree, Bello-Rivas, Kevrekidis, arXiv 2312.05715 (lifting by a conditional generative model).")
      .parameter("sample", &Options::sample, unit::none, "Stage that trained the model.", required())
      .parameter("at", &Options::at, unit::none, "Stage that chose the target values.", required())
      .parameter("per_target", &Options::per_target, unit::none, "States drawn at each target.", at_least(1))
      .parameter("sampler", &Options::sampler, unit::none,
                 "How the reverse process is integrated; adams needs the fewest score evaluations.", required())
      .group("correct", &Options::correct,
             "Makes draws exact, whatever the model has learned, as long as it covers the law; needs a sampler of the "
             "probability-flow ODE.",
             Group<Correction>()
                 .parameter("system", &Correction::system, unit::none,
                            "System whose law draws are corrected to; unset: no correction.")
                 .parameter("bias", &Correction::bias, unit::none,
                            "Bias whose window at the target is meant, for models with label noise; without it the law "
                            "at fixed xi, for models that hold xi.")
                 .parameter("chain", &Correction::chain, unit::none,
                            "Proposals of the Metropolis chain behind each draw; 0: draws stay and carry importance "
                            "weights.",
                            at_least(0))
                 .parameter("probes", &Correction::probes, unit::none,
                            "Random directions of Hutchinson's estimate of ln p, for importance weights where states "
                            "are too long for the exact divergence; 0: exact.",
                            at_least(0)))
      .group(
          "project", &Options::project, "Moves draws onto the level set of their target, along the gradients of xi.",
          Group<Projecting>()
              .parameter("tolerance", &Projecting::tolerance, unit::coarse,
                         "Largest distance of xi from its target that is left; unset: draws are not moved.", above(0))
              .parameter("max_steps", &Projecting::max_steps, unit::none, "Newton steps at most.", at_least(1)))
      .produces<Draws>()
      .example("{sample: fit, at: centres, per_target: 16, sampler: {type: adams, steps: 20}}")
      .creates<Sample>();
}

}  // namespace liftwell
