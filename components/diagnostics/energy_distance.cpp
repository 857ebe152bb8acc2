// SPDX-License-Identifier: MIT
// Distance between the conditional law of generated states and the exact or the simulated one.
#include <fmt/format.h>

#include <optional>

#include "energy_statistics.hpp"
#include "liftwell/families/diagnostic.hpp"
#include "liftwell/families/frame_scan.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<Reference> reference;
  Component<Bias> bias;
  std::optional<double> near;
  std::int64_t subsample = 400;
  std::int64_t permutations = 199;
  std::int64_t max_targets = 50;

  void check(Problems& problems) const {
    if (near && reference) problems.add("near", "is for simulated frames and has no use beside 'reference'");
  }
};

struct Outcome {
  double draws = 0, others = 0, distance = std::nan(""), ratio = std::nan(""), p_value = std::nan("");
};

/// The stream of one purpose at one target.
RandomStream child(const RandomStream& stream, const std::string& purpose, Index target) {
  return RandomStream::named(stream.key, {purpose, std::to_string(target)}, stream.cycle);
}

/// At most `most` rows, evenly spaced.
template <class M>
Matrix evenly(const M& rows, Index most) {
  const Index count = std::min<Index>(most, rows.rows());
  Matrix out(count, rows.cols());
  for (Index i = 0; i < count; ++i) out.row(i) = rows.row(i * rows.rows() / count).template cast<double>();
  return out;
}

/// Per target, the energy distance between draws and
///  - with `reference`, as many independent exact draws: from the window's law with `bias` (what a
///    model trained with that label noise should give), else from the law at ξ = z itself;
///  - without, simulated frames, one of each walker: of the windows centred at z, or with `near`
///    those with |ξ − z| ≤ near in any simulation.
/// Coordinates are divided by their standard deviation in the second sample; those that do not vary
/// there (the coarse coordinate at fixed ξ) are left out. The ratio compares with the same statistic
/// between two exact samples (mean of 4) or, for simulated frames, with its mean under permutation.
class EnergyDistance final : public ConsistencyCheck {
 public:
  explicit EnergyDistance(const Options& options) : options_(options) {}

  bool needs_draws() const override { return true; }
  bool needs_coarse() const override { return true; }
  bool needs_data() const override { return !options_.reference; }
  bool needs_system() const override { return static_cast<bool>(options_.reference); }

  Findings evaluate(const DiagnosticRequest& request) const override {
    if (request.draws == nullptr || request.coarse == nullptr) throw InputError("energy_distance needs draws and 'on'");
    const Draws& draws = *request.draws;
    const Index targets = std::min<Index>(options_.max_targets, draws.targets.rows());
    std::vector<Index> chosen;
    for (Index i = 0; i < targets; ++i) chosen.push_back(i * draws.targets.rows() / targets);

    std::vector<Matrix> simulated;
    std::unique_ptr<Reference> reference;
    std::unique_ptr<Bias> bias;
    if (options_.reference) {
      if (request.system == nullptr || request.system->potential() == nullptr)
        throw InputError("energy_distance: 'reference' needs a system with a potential");
      reference = options_.reference.build();
      if (auto text = reference->misfit(*request.system->potential(), *request.coarse); !text.empty())
        throw InputError("energy_distance: " + text);
      if (options_.bias) bias = options_.bias.build();
    } else {
      simulated = simulated_states(request, chosen);
    }

    std::vector<Outcome> rows(chosen.size());
    request.executor.for_each(targets, [&](Index i) {
      const Index t = chosen[static_cast<std::size_t>(i)];
      const Matrix generated = draws_of(draws, t);
      const RandomSequence random(child(request.stream, "permutations", t), 0);
      Outcome& row = rows[static_cast<std::size_t>(i)];
      if (reference != nullptr) {
        constexpr Index pairs = 4;
        const Index size = std::min<Index>(options_.subsample, generated.rows());
        const Matrix exact = reference->conditional(*request.system->potential(), *request.coarse,
                                                    request.system->thermal_energy(), draws.targets.row(t), bias.get(),
                                                    size * (1 + pairs), child(request.stream, "exact draws", t));
        compare(generated, exact, size, random, row);
        double null = 0;
        for (Index j = 1; j <= pairs; ++j)
          null += EnergyTest(standardised(exact.middleRows(j * size, size), exact),
                             standardised(exact.topRows(size), exact))
                      .distance() /
                  pairs;
        row.ratio = row.distance / null;
      } else {
        const Matrix& frames = simulated[static_cast<std::size_t>(i)];
        if (frames.rows() >= 8) compare(generated, frames, frames.rows(), random, row);
      }
    });
    return report(request, chosen, rows);
  }

 private:
  Matrix draws_of(const Draws& draws, Index target) const {
    std::vector<Index> mine;
    for (std::size_t i = 0; i < draws.target.size(); ++i)
      if (draws.target[i] == target) mine.push_back(static_cast<Index>(i));
    FloatMatrix states(static_cast<Index>(mine.size()), draws.states.cols());
    for (std::size_t i = 0; i < mine.size(); ++i) states.row(static_cast<Index>(i)) = draws.states.row(mine[i]);
    return evenly(states, options_.subsample);
  }

  /// Columns that vary in `against`, divided by their standard deviation there.
  static Matrix standardised(const Matrix& states, const Matrix& against) {
    std::vector<Index> kept;
    const Eigen::RowVectorXd mean = against.colwise().mean();
    const Eigen::RowVectorXd deviation =
        ((against.rowwise() - mean).colwise().squaredNorm() / static_cast<double>(against.rows() - 1)).cwiseSqrt();
    for (Index c = 0; c < states.cols(); ++c)
      if (deviation[c] > 1e-9 * (1 + std::abs(mean[c]))) kept.push_back(c);
    Matrix out(states.rows(), static_cast<Index>(kept.size()));
    for (std::size_t c = 0; c < kept.size(); ++c)
      out.col(static_cast<Index>(c)) = (states.col(kept[c]).array() - mean[kept[c]]) / deviation[kept[c]];
    return out;
  }

  void compare(const Matrix& generated, const Matrix& others, Index size, const RandomSequence& random,
               Outcome& row) const {
    if (generated.rows() < 2) return;
    const EnergyTest test(standardised(generated, others), standardised(others.topRows(size), others));
    const auto result = test.permute(options_.permutations, random);
    row = {static_cast<double>(generated.rows()), static_cast<double>(size), test.distance(), 0, result.p_value};
    row.ratio = row.distance / result.mean_under_null;
  }

  /// One frame of each walker that visits the target, chosen at random: walkers are independent,
  /// frames of one walker are not.
  std::vector<Matrix> simulated_states(const DiagnosticRequest& request, const std::vector<Index>& chosen) const {
    const CoarseMap& coarse = *request.coarse;
    const Matrix& targets = request.draws->targets;
    std::vector<std::vector<std::vector<float>>> found(chosen.size());
    for (std::size_t e = 0; e < request.data.size(); ++e) {
      const Ensemble& ensemble = *request.data[e].ensemble;
      const EnsembleInfo& info = ensemble.info();
      const auto intact = intact_walkers(info);
      std::vector<RandomSequence> random;
      for (Index w = 0; w < info.walkers; ++w)
        random.emplace_back(child(request.stream, "choice of frames", static_cast<Index>(e)),
                            static_cast<std::uint32_t>(w));
      std::vector<std::uint64_t> seen(chosen.size() * static_cast<std::size_t>(info.walkers), 0);
      std::vector<std::vector<float>> kept(seen.size());
      scan_frames(ensemble, 1, [&](const FrameBatch& batch) {
        const Matrix values = coarse.values(batch.positions, batch.rows(), batch.dimension);
        for (Index row = 0; row < values.rows(); ++row) {
          const Index w = row % batch.walkers;
          if (!intact[static_cast<std::size_t>(w)]) continue;
          for (std::size_t i = 0; i < chosen.size(); ++i) {
            const Vector z = targets.row(chosen[i]);
            const Vector xi = values.row(row);
            if (!wanted(info, request.data[e].bias != nullptr, w, xi, z, coarse)) continue;
            const std::size_t at = i * static_cast<std::size_t>(info.walkers) + static_cast<std::size_t>(w);
            const float* state = batch.state(row / batch.walkers, w);
            if (random[static_cast<std::size_t>(w)].below(++seen[at]) == 0) kept[at] = {state, state + batch.dimension};
          }
        }
      });
      for (std::size_t at = 0; at < kept.size(); ++at)
        if (!kept[at].empty()) found[at / static_cast<std::size_t>(info.walkers)].push_back(std::move(kept[at]));
    }
    std::vector<Matrix> out;
    for (const auto& list : found) {
      Matrix states(static_cast<Index>(list.size()), request.draws->states.cols());
      for (std::size_t i = 0; i < list.size(); ++i)
        for (Index c = 0; c < states.cols(); ++c)
          states(static_cast<Index>(i), c) = static_cast<double>(list[i][static_cast<std::size_t>(c)]);
      out.push_back(evenly(states, options_.subsample));
    }
    return out;
  }

  bool wanted(const EnsembleInfo& info, bool biased, Index walker, const Vector& xi, const Vector& z,
              const CoarseMap& coarse) const {
    if (!options_.near)
      return biased && info.centres.row(info.window[static_cast<std::size_t>(walker)]).transpose().isApprox(z, 1e-9);
    for (Index k = 0; k < z.size(); ++k)
      if (!(std::abs(coarse.difference(k, xi[k], z[k])) <= *options_.near)) return false;
    return true;
  }

  Findings report(const DiagnosticRequest& request, const std::vector<Index>& chosen,
                  const std::vector<Outcome>& rows) const {
    Table table{fmt::format("Energy distance of draws from {}, at most {} states each",
                            !options_.reference ? "simulated frames"
                            : options_.bias     ? "the exact law of the window"
                                                : "the exact conditional law",
                            options_.subsample),
                {},
                {}};
    for (const std::string& name : request.coarse->names()) table.columns.push_back({name, "", 4});
    for (const Column& column : std::vector<Column>{
             {"draws", "", 0}, {"others", "", 0}, {"energy distance", "", 5}, {"ratio", "", 2}, {"p-value", "", 3}})
      table.columns.push_back(column);
    double sum = 0, count = 0, largest = 0, smallest = 1;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Outcome& row = rows[i];
      auto& cells = table.rows.emplace_back();
      for (Index k = 0; k < request.draws->targets.cols(); ++k)
        cells.emplace_back(request.draws->targets(chosen[i], k));
      for (const double cell : {row.draws, row.others, row.distance, row.ratio, row.p_value}) cells.emplace_back(cell);
      if (std::isnan(row.distance)) continue;
      sum += row.ratio;
      ++count;
      largest = std::max(largest, row.ratio);
      smallest = std::min(smallest, row.p_value);
    }
    Findings out;
    const double none = std::nan("");
    out.values["energy_distance.mean_ratio"] = count > 0 ? sum / count : none;
    out.values["energy_distance.largest_ratio"] = count > 0 ? largest : none;
    out.values["energy_distance.smallest_p_value"] = count > 0 ? smallest : none;
    out.tables.push_back(std::move(table));
    return out;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(energy_distance) {
  return Declaration<ConsistencyCheck, Options>("energy_distance",
                                                "Distance between generated and true conditional laws.")
      .reference("Szekely and Rizzo, J. Stat. Plan. Inference 143, 1249 (2013), eq. 2.5.")
      .parameter("reference", &Options::reference, unit::none,
                 "Exact reference to compare with; without it, simulated frames are compared with.")
      .parameter("bias", &Options::bias, unit::none,
                 "With a reference, compare with the law of this bias's window instead of the law at fixed xi.")
      .parameter("near", &Options::near, unit::coarse,
                 "Without a reference, compare with frames of all data within this distance of the target instead of "
                 "the frames of the target's own window.",
                 above(0))
      .parameter("subsample", &Options::subsample, unit::none, "Most states of either kind per target.", at_least(8))
      .parameter("permutations", &Options::permutations, unit::none, "Permutations for the p-value.", at_least(19))
      .parameter("max_targets", &Options::max_targets, unit::none, "Most targets to test, evenly chosen.", at_least(1))
      .example("{type: energy_distance, reference: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}}")
      .creates<EnergyDistance>();
}

}  // namespace liftwell
