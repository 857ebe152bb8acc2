// SPDX-License-Identifier: MIT
// Weights of the branches of a multi-modal conditional law: generated against true.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sample_source.hpp"

namespace liftwell {
namespace {

struct Options : SourceOptions {
  std::vector<Component<CoarseVariable>> coordinates;
  std::vector<double> thresholds;
  std::int64_t exact_states = 10'000;

  void check(Problems& problems) const {
    SourceOptions::check(problems);
    if (thresholds.size() != coordinates.size())
      problems.add("thresholds", "must have one number per coordinate", fmt::format("{} numbers", thresholds.size()),
                   fmt::format("{} numbers", coordinates.size()));
  }
};

/// States above the threshold among independent ones.
struct Share {
  double above = 0, all = 0;
  [[nodiscard]] double weight() const { return above / all; }
  /// Of the weight, with one state added to either branch, so that a branch that was never seen does
  /// not count as surely empty.
  [[nodiscard]] double error() const {
    const double p = (above + 1) / (all + 2);
    return std::sqrt(p * (1 - p) / all);
  }
};

/// Fisher's exact test, two-sided: the probability, over all exchanges of states between the samples,
/// of a division that is at most as probable as the one seen. The permutation test in closed form.
double fisher(const Share& a, const Share& b) {
  const auto choose = [](double n, double k) {
    return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
  };
  const double above = a.above + b.above;
  const double whole = choose(a.all + b.all, above);
  const auto logarithm = [&](double k) { return choose(a.all, k) + choose(b.all, above - k) - whole; };
  const double seen = logarithm(a.above);
  double sum = 0;
  for (double k = std::max(0.0, above - b.all); k <= std::min(a.all, above); ++k)
    if (const double value = logarithm(k); value <= seen + 1e-7) sum += std::exp(value);
  return std::min(1.0, sum);
}

/// Difference of the weights in its standard deviation under equality; 0 where all states are on one side.
double score(const Share& a, const Share& b) {
  const double p = (a.above + b.above) / (a.all + b.all);
  const double deviation = std::sqrt(p * (1 - p) * (1 / a.all + 1 / b.all));
  return deviation > 0 ? (a.weight() - b.weight()) / deviation : 0;
}

/// A generator can draw every branch well and their weights wrongly; windows then inherit the wrong
/// weights from their starts. Where the branches of a target are real, |z| above 3 or a p-value below
/// 0.001 says so. All draws are used; true states are exact draws or independent frames.
class BranchWeights final : public SourcedCheck {
 public:
  explicit BranchWeights(const Options& options) : options_(options), coordinates_(options.coordinates) {}

  using SourcedCheck::misfit;
  std::string misfit(Index dimension) const override { return coordinates_.misfit(dimension); }
  std::string misfit(const System& system) const override {
    if (auto text = SourcedCheck::misfit(system); !text.empty()) return text;
    return coordinates_.misfit(system);
  }

  Findings evaluate(const DiagnosticRequest& request) const override {
    const SampleSource source(options_, request, "branch_weights");
    if (auto text = misfit(request.draws->states.cols()); !text.empty()) throw InputError("branch_weights: " + text);
    std::vector<std::vector<std::pair<Share, Share>>> targets(static_cast<std::size_t>(source.targets()));
    request.executor.for_each(source.targets(), [&](Index i) {
      const auto drawn = shares(source.draws(i));
      const auto truth = shares(source.exact() ? source.exact_draws(i, options_.exact_states) : source.frames(i));
      for (std::size_t c = 0; c < drawn.size(); ++c)
        targets[static_cast<std::size_t>(i)].emplace_back(drawn[c], truth[c]);
    });
    return report(request, source, targets);
  }

 private:
  const SourceOptions& source_options() const override { return options_; }
  std::vector<Share> shares(const Matrix& states) const {
    const Matrix values = coordinates_.values(states);
    std::vector<Share> out;
    for (Index c = 0; c < values.cols(); ++c)
      out.push_back(
          {static_cast<double>((values.col(c).array() > options_.thresholds[static_cast<std::size_t>(c)]).count()),
           static_cast<double>(values.rows())});
    return out;
  }

  Findings report(const DiagnosticRequest& request, const SampleSource& source,
                  const std::vector<std::vector<std::pair<Share, Share>>>& targets) const {
    Table table{
        "Weights above the threshold of draws and of " + source.law() + source.part() + "; standard errors", {}, {}};
    for (const std::string& coarse : request.coarse->names()) table.columns.push_back({coarse, "", 4});
    for (const Column& column : std::vector<Column>{{"coordinate", "", 0},
                                                    {"draws", "", 0},
                                                    {"weight drawn", "", 4},
                                                    {"drawn error", "", 4},
                                                    {"others", "", 0},
                                                    {"weight true", "", 4},
                                                    {"true error", "", 4},
                                                    {"z", "sd", 2},
                                                    {"p-value", "", 4}})
      table.columns.push_back(column);
    double count = 0, squares = 0, difference = 0, largest = 0, smallest = 1;
    for (std::size_t i = 0; i < targets.size(); ++i)
      for (std::size_t c = 0; c < targets[i].size(); ++c) {
        const auto& [drawn, truth] = targets[i][c];
        if (drawn.all == 0 || truth.all == 0) continue;
        const double z = score(drawn, truth), p = fisher(drawn, truth);
        auto& cells = table.rows.emplace_back();
        for (const double value : source.target(static_cast<Index>(i))) cells.emplace_back(value);
        cells.emplace_back(coordinates_.names()[c]);
        for (const double cell :
             {drawn.all, drawn.weight(), drawn.error(), truth.all, truth.weight(), truth.error(), z, p})
          cells.emplace_back(cell);
        ++count;
        squares += z * z;
        difference = std::max(difference, std::abs(drawn.weight() - truth.weight()));
        largest = std::max(largest, std::abs(z));
        smallest = std::min(smallest, p);
      }
    Findings out;
    const auto known = [&](double value) { return count > 0 ? value : std::nan(""); };
    out.values["branch_weights.mean_square_z"] = known(squares / count);  // 1 under equality
    out.values["branch_weights.largest_z"] = known(largest);
    out.values["branch_weights.largest_difference"] = known(difference);
    out.values["branch_weights.smallest_p_value"] = known(smallest);
    out.tables.push_back(std::move(table));
    return out;
  }

  Options options_;
  CoarseMap coordinates_;
};

}  // namespace

LIFTWELL_COMPONENT(branch_weights) {
  return with_source(Declaration<ConsistencyCheck, Options>(
                         "branch_weights", "Weights of the branches of the conditional law, generated against true.")
                         .reference("Textbook: two-proportion z = (p - q)/sqrt(r (1 - r) (1/n + 1/m)) and Fisher's "
                                    "exact test."))
      .parameter("coordinates", &Options::coordinates, unit::none,
                 "Coordinates orthogonal to the coarse variables, in which the law has branches.", required())
      .parameter("thresholds", &Options::thresholds, unit::coarse,
                 "Per coordinate, the value that divides its two branches.", required())
      .parameter("exact_states", &Options::exact_states, unit::none, "With a reference, exact states per target.",
                 at_least(100))
      .example(
          "{type: branch_weights, coordinates: {type: coordinate, index: 1}, thresholds: 1.0, "
          "reference: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}}")
      .creates<BranchWeights>();
}

}  // namespace liftwell
