// SPDX-License-Identifier: MIT
// Umbrella integration: the mean force from the mean and variance of each window, integrated.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "connection.hpp"
#include "inefficiency.hpp"
#include "liftwell/registry/registry.hpp"
#include "profile.hpp"

namespace liftwell {
namespace {

struct Options : FrameWeightOptions {
  std::int64_t replicates = 100;
  std::int64_t max_frames = 10'000'000;
  double skewness = 0.5;
};

/// One window as a normal law. ξ is measured from the window's centre, on the circle if periodic.
struct NormalWindow {
  double frames = 0, mean = 0, variance = 0, skewness = 0;
};

/// Power sums of ξ − origin.
struct Moments {
  std::array<double, 4> sums{};
  void add(double value) {
    for (double power = 1; double& sum : sums) {
      sum += power;
      power *= value;
    }
  }
  void add(const Moments& other, double weight) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weight * other.sums[i];
  }
  [[nodiscard]] NormalWindow window(double origin) const {
    const double n = sums[0], mean = sums[1] / n, variance = sums[2] / n - mean * mean;
    const double third = sums[3] / n - 3 * mean * sums[2] / n + 2 * mean * mean * mean;
    return {n, origin + mean, variance, third / std::pow(variance, 1.5)};
  }
};

/// In window i, ξ is taken as normal with mean m_i and variance s_i², so that the unbiased mean force is
///   dF/dξ = kT (ξ − m_i)/s_i² − dU_i/dξ,
/// averaged over windows with weights N_i p_i(ξ) (Kästner and Thiel, eqs 5 to 8). Needs no overlap of
/// windows and no self-consistency, but is only as good as that normal law: windows with a skewness
/// beyond `skewness` are named in the notes. One coarse variable only, the one the biases act on.
class UmbrellaIntegration final : public Estimator {
 public:
  explicit UmbrellaIntegration(const Options& options) : options_(options) {}

  std::string misfit(Index /*stages*/, Index /*windows*/, Index variables) const override {
    return variables > 1 ? "is used for several variables, but umbrella integration is for one; use wham or mbar" : "";
  }

  FreeEnergy estimate(const EstimationRequest& request) const override {
    if (request.coarse.size() != 1)
      throw InputError(fmt::format("umbrella integration is for one coarse variable, here are {}; use wham or mbar",
                                   request.coarse.size()));
    SampledFrames frames = read_frames(request, options_.max_frames);
    if (options_.statistical_inefficiency) weigh_by_inefficiency(frames, request.executor);
    require_same_variable(frames, request.coarse.period(0));
    if (auto connected = largest_group(frames, touching_windows(frames, request))) frames = std::move(*connected);

    const std::vector<double> origin = origins(frames, request);
    std::vector<Moments> per_block(frames.block_state.size());
    for (Index n = 0; n < frames.size(); ++n) {
      const auto at = static_cast<std::size_t>(n);
      per_block[static_cast<std::size_t>(frames.block[at])].add(
          request.coarse.difference(0, frames.coarse(n, 0), origin[static_cast<std::size_t>(frames.state[at])]));
    }
    const auto windows = [&](const auto& weight_of_block) {
      std::vector<Moments> sums(frames.states.size());
      for (std::size_t b = 0; b < per_block.size(); ++b)
        sums[static_cast<std::size_t>(frames.block_state[b])].add(per_block[b], weight_of_block(b));
      std::vector<NormalWindow> out;
      for (std::size_t k = 0; k < sums.size(); ++k) out.push_back(sums[k].window(origin[k]));
      return out;
    };
    const auto full = windows([&](std::size_t b) { return frames.weight_of_block(static_cast<Index>(b)); });
    for (std::size_t k = 0; k < full.size(); ++k)
      if (!(full[k].variance > 0))
        throw RunError(detail::describe(frames.states[k]) + " holds no two different values of the coarse variable");

    const ProfileSums layout(frames, request);
    const FineGrid fine = fine_grid(frames, request);
    const Matrix bias_force = bias_forces(frames, fine.points);
    const Vector sums = integrate(full, bias_force, fine, request, layout.size());
    const FloatMatrix weights = bootstrap_weights(frames, options_.replicates, request.stream);
    Matrix replicates(layout.size(), options_.replicates);
    Matrix skewness(static_cast<Index>(frames.states.size()), options_.replicates);
    request.executor.for_each(options_.replicates, [&](Index r) {
      const auto resampled =
          windows([&](std::size_t b) { return static_cast<double>(weights(static_cast<Index>(b), r)); });
      for (std::size_t k = 0; k < resampled.size(); ++k) skewness(static_cast<Index>(k), r) = resampled[k].skewness;
      replicates.col(r) = integrate(resampled, bias_force, fine, request, layout.size());
    });
    note_skewed(frames, full, skewness);
    return make_profile(request, "umbrella_integration", layout, sums, replicates, frames);
  }

 private:
  /// Midpoints of equal steps, a whole number of them per bin, over all that frames reached.
  struct FineGrid {
    Vector points;
    double step = 0;
    std::vector<Index> cell;                  ///< per point: bin of the profile it counts for, −1 where no frame fell
    std::vector<std::vector<Index>> regions;  ///< per point: the regions it lies in
  };

  static void require_same_variable(const SampledFrames& frames, double period) {
    for (const Matrix& values : frames.bias_coarse) {
      bool same = values.cols() == 1;
      for (Index n = 0; same && n < values.rows(); ++n) {
        double away = values(n, 0) - frames.coarse(n, 0);
        if (period > 0) away -= period * std::nearbyint(away / period);
        same = std::abs(away) < 1e-6 * (1 + std::abs(values(n, 0)));
      }
      if (!same)
        throw InputError(
            "umbrella integration needs biases on the coarse variable of the profile and on no other; use wham or "
            "mbar");
    }
  }

  /// Windows whose ranges of ξ touch, by way of others, have one number.
  static std::vector<Index> touching_windows(const SampledFrames& frames, const EstimationRequest& request) {
    const auto states = static_cast<Index>(frames.states.size());
    const std::vector<double> origin = origins(frames, request);
    Vector low = Vector::Constant(states, std::numeric_limits<double>::infinity()), high = -low;
    for (Index n = 0; n < frames.size(); ++n) {
      const Index k = frames.state[static_cast<std::size_t>(n)];
      const double away = request.coarse.difference(0, frames.coarse(n, 0), origin[static_cast<std::size_t>(k)]);
      low[k] = std::min(low[k], away);
      high[k] = std::max(high[k], away);
    }
    Matrix touch = Matrix::Identity(states, states);
    for (Index i = 0; i < states; ++i)
      for (Index j = 0; j < states; ++j) {
        const double apart =
            request.coarse.difference(0, origin[static_cast<std::size_t>(j)], origin[static_cast<std::size_t>(i)]);
        if (apart + low[j] <= high[i] && low[i] <= apart + high[j]) touch(i, j) = 1;
      }
    return connected_groups(touch);
  }

  /// From where ξ is measured in each state: its centre; without a bias, the first frame.
  static std::vector<double> origins(const SampledFrames& frames, const EstimationRequest& request) {
    std::vector<double> out(frames.states.size());
    for (const SampledWalker& walker : frames.walkers) {
      const auto k = static_cast<std::size_t>(frames.state[static_cast<std::size_t>(walker.first)]);
      out[k] = frames.states[k].bias >= 0 ? frames.states[k].centre[0] : frames.coarse(walker.first, 0);
      out[k] = folded(out[k], request.grid.low[0], request.coarse.period(0));
    }
    return out;
  }

  void note_skewed(SampledFrames& frames, const std::vector<NormalWindow>& windows, const Matrix& replicates) const {
    std::vector<char> skewed;
    for (std::size_t k = 0; k < windows.size(); ++k) {
      const double error = detail::spread(replicates.row(static_cast<Index>(k)).transpose());
      skewed.push_back(std::abs(windows[k].skewness) > options_.skewness + 3 * error);
    }
    if (std::count(skewed.begin(), skewed.end(), 1) > 0)
      frames.notes.push_back("umbrella integration takes each window for a normal law, but skewed are " +
                             name_states(frames, skewed));
  }

  static FineGrid fine_grid(const SampledFrames& frames, const EstimationRequest& request) {
    constexpr Index per_bin = 20;
    const Grid& grid = request.grid;
    const double low = grid.low[0], width = (grid.high[0] - low) / static_cast<double>(grid.bins[0]);
    const Index first = static_cast<Index>(std::floor((frames.coarse.minCoeff() - low) / width));
    const Index last = static_cast<Index>(std::floor((frames.coarse.maxCoeff() - low) / width));
    std::vector<char> visited(static_cast<std::size_t>(grid.bins[0]), 0);
    for (Index n = 0; n < frames.size(); ++n)
      if (const auto cell = grid.cell(frames.coarse.row(n).data())) visited[static_cast<std::size_t>(*cell)] = 1;

    FineGrid out;
    out.step = width / static_cast<double>(per_bin);
    out.points.resize((last - first + 1) * per_bin);
    for (Index i = 0; i < out.points.size(); ++i) {
      const double value = low + width * static_cast<double>(first) + out.step * (static_cast<double>(i) + 0.5);
      out.points[i] = value;
      const Index cell = first + i / per_bin;
      const bool on_grid = cell >= 0 && cell < grid.bins[0];
      const bool seen = on_grid && visited[static_cast<std::size_t>(cell)] != 0;
      out.cell.push_back(seen ? cell : -1);
      auto& regions = out.regions.emplace_back();
      if (on_grid && !seen) continue;
      for (std::size_t r = 0; r < request.differences.size(); ++r) {
        const RegionPair& pair = request.differences[r];
        const double period = request.coarse.period(0);
        const auto of = 2 * static_cast<Index>(r);
        if (inside(value, pair.of_low, pair.of_high, period)) regions.push_back(of);
        if (inside(value, pair.against_low, pair.against_high, period)) regions.push_back(of + 1);
      }
    }
    return out;
  }

  /// dU_k/dξ at every point, points x states.
  static Matrix bias_forces(const SampledFrames& frames, const Vector& points) {
    const Index count = points.size();
    Matrix out = Matrix::Zero(count, static_cast<Index>(frames.states.size()));
    BlockBuffer xi(1, count), centre(1, count), energy(1, count), slope(1, count);
    for (Index i = 0; i < count; ++i) xi.block()(0, i) = points[i];
    for (std::size_t k = 0; k < frames.states.size(); ++k) {
      if (frames.states[k].bias < 0) continue;
      centre.block().row(0).setConstant(frames.states[k].centre[0]);
      frames.biases[static_cast<std::size_t>(frames.states[k].bias)]->evaluate(
          std::as_const(xi).block(), std::as_const(centre).block(), energy.block().data(), slope.block());
      for (Index i = 0; i < count; ++i) out(i, static_cast<Index>(k)) = slope.block()(0, i);
    }
    return out;
  }

  /// Probabilities, unnormalised, of the bins and regions.
  static Vector integrate(const std::vector<NormalWindow>& windows, const Matrix& bias_force, const FineGrid& fine,
                          const EstimationRequest& request, Index size) {
    const double kT = request.thermal_energy;
    Vector log_p(fine.points.size());
    double before = 0, sum = 0;
    for (Index i = 0; i < fine.points.size(); ++i) {
      const double force = mean_force(windows, bias_force.row(i), fine.points[i], request);
      if (i > 0) sum -= (before + force) / 2 * fine.step / kT;
      before = force;
      log_p[i] = sum;
    }
    double largest = -std::numeric_limits<double>::infinity();
    for (Index i = 0; i < log_p.size(); ++i)
      if (const auto at = static_cast<std::size_t>(i); fine.cell[at] >= 0 || !fine.regions[at].empty())
        largest = std::max(largest, log_p[i]);
    Vector out = Vector::Zero(size);
    const Index cells = request.grid.cells();
    for (Index i = 0; i < fine.points.size(); ++i) {
      const double p = std::exp(log_p[i] - largest);
      const auto at = static_cast<std::size_t>(i);
      if (fine.cell[at] >= 0) out[fine.cell[at]] += p;
      for (const Index region : fine.regions[at]) out[cells + region] += p;
    }
    return out;
  }

  static double mean_force(const std::vector<NormalWindow>& windows, const Eigen::Ref<const Eigen::RowVectorXd>& slope,
                           double point, const EstimationRequest& request) {
    // Logarithms first: far from all windows every weight would underflow.
    double largest = -std::numeric_limits<double>::infinity(), force = 0, weights = 0;
    for (const bool summing : {false, true})
      for (std::size_t k = 0; k < windows.size(); ++k) {
        const NormalWindow& window = windows[k];
        const double away = request.coarse.difference(0, point, window.mean);
        const double log_weight =
            std::log(window.frames) - 0.5 * std::log(window.variance) - away * away / (2 * window.variance);
        if (!summing) {
          largest = std::max(largest, log_weight);
          continue;
        }
        const double weight = std::exp(log_weight - largest);
        force += weight * (request.thermal_energy * away / window.variance - slope[static_cast<Index>(k)]);
        weights += weight;
      }
    return force / weights;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(umbrella_integration) {
  return with_frame_weights(
             Declaration<Estimator, Options>("umbrella_integration",
                                             "Free energy by integrating the mean force of the windows; one variable."))
      .reference("Kaestner and Thiel, J. Chem. Phys. 123, 144104 (2005), eqs 5 to 8; errors by block bootstrap.")
      .parameter("skewness", &Options::skewness, unit::dimensionless,
                 "Windows more skewed than this are named: they are no normal laws.", at_least(0))
      .parameter("replicates", &Options::replicates, unit::none, "Bootstrap replicates for the error bars.",
                 at_least(2))
      .parameter("max_frames", &Options::max_frames, unit::none, "Most frames to use; more are thinned evenly.",
                 at_least(1))
      .example("{type: umbrella_integration}")
      .creates<UmbrellaIntegration>();
}

}  // namespace liftwell
