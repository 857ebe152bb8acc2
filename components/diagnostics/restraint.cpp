// SPDX-License-Identifier: MIT
// Whether the bias of each window acts: the mean and spread of ξ against what bias and mean force imply.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "force_balance.hpp"
#include "liftwell/base/display_unit.hpp"
#include "liftwell/families/chain_statistics.hpp"
#include "liftwell/families/diagnostic.hpp"
#include "liftwell/families/frame_scan.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double errors = 4;
  double tolerance = 0.1;
  std::int64_t max_frames = 200'000;
};

/// All walkers under one bias with one centre.
struct Window {
  std::shared_ptr<const Bias> bias;
  std::vector<double> centre;
  Index frames = 0;
  /// Per variable, per walker: ξ (on the circle from the centre), the mean force of the rest at each frame, and the
  /// derivative of the bias.
  struct Variable {
    std::vector<Vector> xi, rest, pull;
  };
  std::vector<Variable> variables;
};

/// A mean over the walkers of a window, with its error from their autocorrelation and their disagreement.
struct Estimate {
  double value = 0, error = 0;
};

Estimate estimate(const std::vector<Vector>& chains) {
  const ChainStatistics statistics = chain_statistics(chains);
  return {statistics.mean, std::sqrt(statistics.variance / std::max(1.0, statistics.effective_size))};
}

/// By how many standard errors the means of the halves of the chains differ.
double change(const std::vector<Vector>& chains) {
  std::vector<Vector> first, second;
  for (const Vector& chain : chains) {
    first.emplace_back(chain.head(chain.size() / 2));
    second.emplace_back(chain.tail(chain.size() / 2));
  }
  const Estimate before = estimate(first), after = estimate(second);
  return std::abs(after.value - before.value) / std::hypot(after.error, before.error);
}

/// With v·∇ξ = 1, f = v·∇V − kT ∇·v (whose mean at ξ = z is F'(z)) and U' the bias's derivative, integration by parts
/// in the window's own law gives
///   ⟨f⟩ + ⟨U'⟩ = 0,    ⟨(ξ − m)(f + U')⟩ = kT,    m = ⟨ξ⟩,
/// exactly, whatever F is and in every branch that a window may be stuck in. With κ = kT/σ² a harmonic window has
///   mean of ξ = centre − ⟨f⟩/κ,    variance of ξ = (kT − cov(ξ, f))/κ,
/// to lowest order centre − F'/κ and kT/(κ + F''). Where the bias does not act, ⟨f⟩ = 0 and cov(ξ, f) = kT instead:
/// such windows are called NO BIAS. The identities hold in equilibrium only: where what is left of them changes from
/// the first half of the frames to the second by more than three standard errors, a window that is off is NOT SETTLED,
/// and says nothing of the bias. This takes little where f has a pole, as at 0 of a variable that cannot be negative: f
/// of an rmsd of n atoms has −kT (3n − 7)/ξ there, and walkers that start at the reference come out of it. Biases
/// without a σ are measured by the spread of ξ itself. Where ξ hardly changes with the state, as a number of contacts
/// does far from any, a restraint on it that is not balanced does not act: NO GRADIENT.
class RestraintCheck final : public ConsistencyCheck {
 public:
  explicit RestraintCheck(const Options& options) : options_(options) {}

  bool needs_data() const override { return true; }
  bool needs_system() const override { return true; }

  Findings evaluate(const DiagnosticRequest& request) const override {
    if (request.system == nullptr) throw InputError("restraint needs the system");
    if (request.system->potential() == nullptr)
      throw InputError("restraint needs a system with a potential, whose forces it balances against the bias");
    const std::vector<Window> windows = read_windows(request);
    if (windows.empty()) throw InputError("restraint has no frames of biased walkers to look at");
    const double kT = request.system->thermal_energy();

    Table table{"Restraints: mean and spread of the coarse variable in each window",
                {{"window", "", 0}, {"variable", "", 0}},
                {}};
    const std::string unit = unit_of(windows);
    for (const char* number : {"mean", "implied mean", "error", "spread", "implied spread", "error"})
      table.columns.push_back({number, unit, 4});
    table.columns.push_back({"verdict", "", 0});
    double off = 0, without = 0, largest = 0;
    for (const Window& window : windows) {
      bool bad = false, absent = false;
      for (std::size_t k = 0; k < window.variables.size(); ++k) {
        const Verdict verdict = judge(window, k, kT);
        bad |= verdict.text != "acts";
        absent |= verdict.text == "NO BIAS" || verdict.text == "NO GRADIENT";
        largest = std::max({largest, verdict.mean_off, verdict.variance_off});
        table.rows.push_back(
            {window.centre.empty() ? std::string("all") : fmt::format("{:.4g}", fmt::join(window.centre, ", ")),
             window.bias->coarse().names()[k], verdict.mean, verdict.implied_mean, verdict.mean_error,
             std::sqrt(verdict.variance), std::sqrt(std::max(0.0, verdict.implied_variance)),
             verdict.variance_error / (2 * std::sqrt(verdict.variance)), verdict.text});
      }
      off += bad;
      without += absent;
    }
    Findings out;
    out.values["restraint.windows"] = static_cast<double>(windows.size());
    out.values["restraint.off_windows"] = off;
    out.values["restraint.windows_without_bias"] = without;
    out.values["restraint.largest_deviation"] = largest;
    out.tables.push_back(std::move(table));
    return out;
  }

 private:
  /// What the variables of all windows are measured in, where that is the same and has a unit.
  static std::string unit_of(const std::vector<Window>& windows) {
    const Unit first = windows.front().bias->coarse().measured_in(0);
    for (const Window& window : windows)
      for (Index k = 0; k < window.bias->coarse().size(); ++k)
        if (!(window.bias->coarse().measured_in(k) == first)) return {};
    return display_measure(first).empty() ? std::string() : std::string(first.name);
  }

  struct Verdict {
    double mean = 0, implied_mean = 0, mean_error = 0;
    double variance = 0, implied_variance = 0, variance_error = 0;
    double mean_off = 0, variance_off = 0;  ///< in standard errors, past the tolerance
    std::string text;
  };

  [[nodiscard]] Verdict judge(const Window& window, std::size_t k, double kT) const {
    const Window::Variable& variable = window.variables[k];
    Verdict out;
    out.mean = estimate(variable.xi).value;
    // Residuals of the two identities, with the bias and as if there were none.
    std::vector<Vector> balance, virial, free_virial, squares;
    for (std::size_t w = 0; w < variable.xi.size(); ++w) {
      const Eigen::ArrayXd away = variable.xi[w].array() - out.mean;
      const Eigen::ArrayXd total = variable.rest[w].array() + variable.pull[w].array();
      balance.emplace_back(total);
      virial.emplace_back(away * total - kT);
      free_virial.emplace_back(away * variable.rest[w].array() - kT);
      squares.emplace_back(away.square());
    }
    out.variance = estimate(squares).value;
    const double sigma = window.bias->sigma(kT)[static_cast<Index>(k)];
    const double stiffness = kT / (std::isfinite(sigma) ? sigma * sigma : out.variance);
    const auto off = [&](const Estimate& residual, double allowed) {
      return std::max(0.0, std::abs(residual.value) - allowed) / residual.error;
    };
    const Estimate force = estimate(balance), work = estimate(virial);
    out.implied_mean = out.mean - force.value / stiffness;
    out.mean_error = force.error / stiffness;
    out.implied_variance = out.variance - work.value / stiffness;
    out.variance_error = work.error / stiffness;
    out.mean_off = off(force, options_.tolerance * stiffness * std::sqrt(out.variance));
    out.variance_off = off(work, options_.tolerance * stiffness * out.variance);
    const bool mean_bad = out.mean_off > options_.errors, spread_bad = out.variance_off > options_.errors;
    const bool as_if_free =
        off(estimate(variable.rest), 0) <= options_.errors && off(estimate(free_virial), 0) <= options_.errors;
    // Where what is implied is less certain than the coarse variable is wide, or than it should be wide, agreement
    // means nothing: constraints hold the variable, or there are too few frames.
    const bool known =
        out.mean_error < std::sqrt(out.variance) && out.variance_error < std::min(out.variance, out.implied_variance);
    const bool still = std::isfinite(sigma) && std::sqrt(out.variance) < 0.01 * sigma;
    const bool away = !window.centre.empty() && std::abs(out.mean - window.centre[k]) > 3 * sigma;
    const bool balanced = known && !mean_bad && !spread_bad;
    const bool drifts = change(balance) > 3 || change(virial) > 3;
    out.text = still && away && !balanced ? "NO GRADIENT"
               : !mean_bad && !spread_bad ? (known ? "acts" : "CANNOT TELL")
               : as_if_free               ? "NO BIAS"
               : drifts                   ? "NOT SETTLED"
               : mean_bad && spread_bad   ? "MEAN AND SPREAD OFF"
               : mean_bad                 ? "MEAN OFF"
                                          : "SPREAD OFF";
    return out;
  }

  [[nodiscard]] std::vector<Window> read_windows(const DiagnosticRequest& request) const {
    std::vector<std::shared_ptr<const Ensemble>> ensembles;
    for (const BiasedEnsemble& item : request.data)
      if (item.bias != nullptr) ensembles.push_back(item.ensemble);
    if (ensembles.empty()) return {};
    const Index stride = thinning(ensembles, options_.max_frames);
    std::map<std::pair<std::string, std::vector<double>>, Window> windows;
    for (const BiasedEnsemble& item : request.data) {
      if (item.bias == nullptr) continue;
      const EnsembleInfo& info = item.ensemble->info();
      if (const auto misfit = item.bias->coarse().misfit(info.dimension);
          !misfit.empty() || request.system->dimension() != info.dimension)
        throw InputError(fmt::format("restraint: the data have {} dimensions, the system {}", info.dimension,
                                     request.system->dimension()));
      const Index frames = selected_frames(info, stride);
      if (frames == 0) continue;
      const auto intact = intact_walkers(info);
      const Index size = item.bias->coarse().size();
      std::vector<Window> walkers(static_cast<std::size_t>(info.walkers));
      for (Window& walker : walkers)
        walker.variables.assign(static_cast<std::size_t>(size), {{Vector(frames)}, {Vector(frames)}, {Vector(frames)}});
      scan_frames(*item.ensemble, stride, [&](const FrameBatch& batch) {
        Matrix centres(batch.rows(), size);
        for (Index row = 0; row < batch.rows(); ++row)
          centres.row(row) = info.centres.row(info.window[static_cast<std::size_t>(row % batch.walkers)]);
        const ForceBalance balance =
            force_balance(*request.system, *item.bias, info.thermal_energy,
                          {batch.positions, batch.rows(), batch.dimension}, centres, request.executor);
        for (Index row = 0; row < batch.rows(); ++row)
          for (Index k = 0; k < size; ++k) {
            auto& into = walkers[static_cast<std::size_t>(row % batch.walkers)].variables[static_cast<std::size_t>(k)];
            const Index frame = batch.first + row / batch.walkers;
            into.xi[0][frame] =
                centres(row, k) + item.bias->coarse().difference(k, balance.xi(row, k), centres(row, k));
            into.rest[0][frame] = balance.rest(row, k);
            into.pull[0][frame] = balance.pull(row, k);
          }
      });
      for (Index w = 0; w < info.walkers; ++w) {
        if (!intact[static_cast<std::size_t>(w)]) continue;
        std::vector<double> centre;
        if (item.bias->centred()) {
          const auto row = info.centres.row(info.window[static_cast<std::size_t>(w)]);
          centre.assign(row.begin(), row.end());
        }
        Window& window = windows[{info.bias, centre}];
        window.bias = item.bias;
        window.centre = centre;
        window.variables.resize(static_cast<std::size_t>(size));
        for (std::size_t k = 0; k < window.variables.size(); ++k) {
          auto& from = walkers[static_cast<std::size_t>(w)].variables[k];
          window.variables[k].xi.push_back(std::move(from.xi[0]));
          window.variables[k].rest.push_back(std::move(from.rest[0]));
          window.variables[k].pull.push_back(std::move(from.pull[0]));
        }
      }
    }
    std::vector<Window> out;
    for (auto& [key, window] : windows) out.push_back(std::move(window));
    std::stable_sort(out.begin(), out.end(), [](const Window& a, const Window& b) { return a.centre < b.centre; });
    return out;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(restraint) {
  return Declaration<ConsistencyCheck, Options>("restraint", "Whether the bias of each window acts as it should.")
      .reference(
          "Force balance by integration by parts (Yvon's theorem): Ciccotti, Lelievre, Vanden-Eijnden, Commun. Pure "
          "Appl. Math. 61, 371 (2008), section 3 (mean force); windows as in Kaestner and Thiel, J. Chem. Phys. 123, "
          "144104 (2005).")
      .parameter("errors", &Options::errors, unit::dimensionless,
                 "Windows that are off by more standard errors than this, beyond the tolerance, are named.", above(0))
      .parameter(
          "tolerance", &Options::tolerance, unit::dimensionless,
          "What the time step may be forgiven: share of its spread by which a mean, and share of itself by which "
          "a variance may be off.",
          at_least(0))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to look at; more are thinned evenly.",
                 at_least(1))
      .example("{type: restraint}")
      .creates<RestraintCheck>();
}

}  // namespace liftwell
