// SPDX-License-Identifier: MIT
// Umbrella integration where it is exact: windows that are normal laws.
#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <catch2/catch.hpp>

#include "harmonic_windows.hpp"
#include "liftwell/base/error.hpp"

using namespace liftwell;
using namespace liftwell::testing;

TEST_CASE("Umbrella integration errors match the spread of repeats", "[statistics]") {
  // With the force of the bias
  // left out the mean of z is 101.
  const HarmonicWindows windows{.centres = {-2, -1, 0, 1, 2, 3}, .walkers = 16, .frames = 30};
  const auto [mean, square] = scores_of("{type: umbrella_integration}", windows);
  CHECK(std::abs(mean) < 0.3);
  CHECK(square > 0.65);
  CHECK(square < 1.45);
}

TEST_CASE("Umbrella integration names windows that are no normal laws", "[unit]") {
  const HarmonicWindows windows{.centres = {-1, 0, 1}, .frames = 200};
  auto data = windows.request_data(4);
  CHECK(estimate_with("{type: umbrella_integration}", data).notes.empty());
  const auto skewed = std::make_shared<MemoryEnsemble>(data[0].ensemble->info());
  data[0].ensemble->for_each_chunk([&](const FrameChunk& chunk) {
    for (Index f = 0; f < chunk.frames; ++f)
      for (Index w = 0; w < chunk.walkers; ++w) {
        const float x = *chunk.state(f, w);
        skewed->at(chunk.first_frame + f, w) = w >= 16 ? std::exp(x) : x;  // the window at 1
      }
  });
  const FreeEnergy result = estimate_with("{type: umbrella_integration}", {{skewed, data[0].bias}});
  REQUIRE(result.notes.size() == 1);
  CHECK_THAT(result.notes[0], Catch::Contains("normal law") && Catch::EndsWith("none: the window at 1"));
}

TEST_CASE("Umbrella integration names windows of two peaks, which are not skewed", "[unit]") {
  const HarmonicWindows windows{.centres = {-1, 0, 1}, .frames = 200};
  auto data = windows.request_data(4);
  const auto split = std::make_shared<MemoryEnsemble>(data[0].ensemble->info());
  data[0].ensemble->for_each_chunk([&](const FrameChunk& chunk) {
    for (Index f = 0; f < chunk.frames; ++f)
      for (Index w = 0; w < chunk.walkers; ++w) {
        const float x = *chunk.state(f, w);
        const bool middle = w >= 8 && w < 16;
        split->at(chunk.first_frame + f, w) = middle ? 0.3F * x + (f % 2 == 0 ? -0.8F : 0.8F) : x;
      }
  });
  const FreeEnergy result = estimate_with("{type: umbrella_integration}", {{split, data[0].bias}});
  REQUIRE_FALSE(result.notes.empty());
  CHECK_THAT(result.notes[0], Catch::Contains("normal law") && Catch::EndsWith("none: the window at 0"));
}

TEST_CASE("Umbrella integration leaves out windows that no frame connects with the rest", "[unit]") {
  const HarmonicWindows windows{.centres = {0, 0.3, 0.6, 20}, .frames = 50, .stiffness = 30};
  const FreeEnergy result = estimate_with("{type: umbrella_integration}", windows.request_data(1));
  REQUIRE_FALSE(result.notes.empty());
  CHECK_THAT(result.notes[0], Catch::Contains("the window at 20"));
}

namespace {

/// kT = 1, V = xᵀAx/2 in one to three coupled variables, windows K(x − c)²/2 on a grid of centres: a window's law is
/// normal with covariance (A + K)⁻¹ and mean (A + K)⁻¹Kc.
struct CoupledWindows {
  Index variables = 2;
  double stiffness = 4;
  std::vector<double> places{-1.2, 0, 1.2};
  Index walkers = 6, frames = 30;

  [[nodiscard]] Matrix coupling() const {
    Matrix a = Matrix::Constant(variables, variables, 0.4);
    for (Index k = 0; k < variables; ++k) a(k, k) = 1 + 0.5 * static_cast<double>(k);
    return a;
  }
  [[nodiscard]] Matrix centres() const {
    const auto side = std::ssize(places);
    Index count = 1;
    for (Index k = 0; k < variables; ++k) count *= side;
    Matrix out(count, variables);
    for (Index i = 0; i < count; ++i)
      for (Index k = 0, rest = i; k < variables; ++k, rest /= side)
        out(i, k) = places[static_cast<std::size_t>(rest % side)];
    return out;
  }
  [[nodiscard]] std::vector<BiasedEnsemble> data(std::uint64_t seed) const {
    const Matrix at = centres();
    const auto out = MemoryEnsemble::make(at.rows() * walkers, frames, variables);
    out->editable_info().centres = at;
    const Matrix spread = (coupling() + stiffness * Matrix::Identity(variables, variables)).inverse();
    const Matrix root = spread.llt().matrixL();
    for (Index w = 0; w < at.rows() * walkers; ++w) {
      out->editable_info().window[static_cast<std::size_t>(w)] = w / walkers;
      RandomSequence random(RandomStream::named(seed, {"coupled windows"}), static_cast<std::uint32_t>(w));
      for (Index f = 0; f < frames; ++f) {
        Vector noise(variables);
        for (double& n : noise) n = random.normal();
        const Vector x = spread * (stiffness * at.row(w / walkers).transpose()) + root * noise;
        for (Index k = 0; k < variables; ++k) out->at(f, w, k) = static_cast<float>(x[k]);
      }
    }
    std::string on, stiffnesses;
    for (Index k = 0; k < variables; ++k) {
      on += fmt::format("{}{{type: coordinate, index: {}}}", k > 0 ? ", " : "", k);
      stiffnesses += fmt::format("{}{}", k > 0 ? ", " : "", stiffness);
    }
    return {{out, make<Bias>(fmt::format("{{type: harmonic, on: [{}], stiffness: [{}]}}", on, stiffnesses))}};
  }
  [[nodiscard]] FreeEnergy estimate(std::uint64_t seed) const {
    std::vector<std::int64_t> all;
    for (Index k = 0; k < variables; ++k) all.push_back(k);
    const CoarseMap coarse = axes(all);
    const Executor executor(2);
    return make<Estimator>("{type: umbrella_integration}")
        ->estimate({.data = data(seed),
                    .coarse = coarse,
                    .grid = {Vector::Constant(variables, -2), Vector::Constant(variables, 2),
                             std::vector<Index>(static_cast<std::size_t>(variables), 8)},
                    .differences = {{"right", 0, 0.7, 2, -0.7, 0.7}},
                    .thermal_energy = 1,
                    .stream = RandomStream::named(seed, {"bootstrap"}),
                    .executor = executor});
  }
  /// x_0 is normal with variance (A⁻¹)_00.
  [[nodiscard]] double exact_right() const {
    const double sigma = std::sqrt(coupling().inverse()(0, 0));
    const auto below = [&](double x) { return std::erfc(-x / sigma / std::sqrt(2)) / 2; };
    return -std::log((below(2) - below(0.7)) / (below(0.7) - below(-0.7)));
  }
};

}  // namespace

TEST_CASE("Umbrella integration in two variables is right, and its errors match the spread of repeats",
          "[statistics]") {
  // 100 repeats: the mean of z has standard error 0.1, that of z² 0.14. Bins that no frame fell in, at the rim, are a
  // share of the region of some 0.02. Seen to fail with the force of the bias left out.
  const CoupledWindows windows;
  double mean = 0, square = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const FreeEnergy result = windows.estimate(200 + i);
    const double z = (result.differences[0].value - windows.exact_right()) / result.differences[0].standard_error;
    mean += z / 100;
    square += z * z / 100;
  }
  CHECK(std::abs(mean) < 0.45);
  CHECK(square > 0.55);
  CHECK(square < 1.6);
}

TEST_CASE("Umbrella integration in three variables finds the free energy of coupled oscillators", "[statistics]") {
  const CoupledWindows windows{.variables = 3, .walkers = 8, .frames = 60};
  const FreeEnergy result = windows.estimate(7);
  CHECK(std::abs(result.differences[0].value - windows.exact_right()) < 4 * result.differences[0].standard_error);
  CHECK(result.differences[0].standard_error < 0.1);
  // The profile at the centres of bins, aligned over what it knows well, against xᵀAx/2 and the average over a bin of
  // side h, which adds −h²/24 (|∇F|² − trace A) to first order.
  const Matrix a = windows.coupling();
  double offset = 0, count = 0, squares = 0;
  for (const bool aligned : {false, true})
    for (Index i = 0; i < result.values.size(); ++i) {
      const Vector x = result.points.row(i).transpose();
      const double exact = x.dot(a * x) / 2;
      if (!(exact < 2.5) || !std::isfinite(result.values[i])) continue;
      const double averaged = exact - 0.25 / 24 * ((a * x).squaredNorm() - a.trace());
      if (!aligned) {
        offset += result.values[i] - averaged;
        ++count;
      } else {
        squares += std::pow(result.values[i] - averaged - offset / count, 2);
      }
    }
  REQUIRE(count > 100);
  CHECK(std::sqrt(squares / count) < 0.1);
}

namespace {

/// kT = 1, V = 4(x² − 1)² + x/2 under windows 20(x − c)²: curved enough that no window is quite a normal law.
double double_well(double x) { return 4 * std::pow(x * x - 1, 2) + x / 2; }

std::vector<BiasedEnsemble> double_well_windows(std::uint64_t seed) {
  const Index windows = 15, walkers = 8, frames = 400, places = 4000;
  const auto data = MemoryEnsemble::make(windows * walkers, frames, 1);
  data->editable_info().centres.resize(windows, 1);
  for (Index k = 0; k < windows; ++k) {
    const double centre = data->editable_info().centres(k, 0) = -1.4 + 0.2 * static_cast<double>(k);
    std::vector<double> x, below{0};
    for (Index i = 0; i < places; ++i) {
      x.push_back(-2.5 + 5 * static_cast<double>(i) / places);
      below.push_back(below.back() + std::exp(-double_well(x.back()) - 20 * std::pow(x.back() - centre, 2)));
    }
    for (Index w = k * walkers; w < (k + 1) * walkers; ++w) {
      data->editable_info().window[static_cast<std::size_t>(w)] = k;
      RandomSequence random(RandomStream::named(seed, {"double well"}), static_cast<std::uint32_t>(w));
      for (Index f = 0; f < frames; ++f) {
        const auto at = std::lower_bound(below.begin(), below.end(), random.uniform() * below.back());
        data->at(f, w) = static_cast<float>(x[static_cast<std::size_t>(std::max<Index>(0, at - below.begin() - 1))]);
      }
    }
  }
  return {{data, std::make_shared<Spring>(40)}};
}

}  // namespace

TEST_CASE("Errors of umbrella integration cover what anharmonic windows do beyond the outermost", "[statistics]") {
  // Bins below -1.4 and above 1.4 have no window on their other side: without the windows' shape in the errors, F is
  // off there by up to 14 of them. Between the windows errors stay small.
  const CoarseMap coarse = axes({0});
  const Executor executor(2);
  const Index bins = 32;
  const FreeEnergy result = make<Estimator>("{type: umbrella_integration}")
                                ->estimate({.data = double_well_windows(3),
                                            .coarse = coarse,
                                            .grid = {Vector::Constant(1, -1.6), Vector::Constant(1, 1.6), {bins}},
                                            .differences = {},
                                            .thermal_energy = 1,
                                            .stream = RandomStream::named(3, {"bootstrap"}),
                                            .executor = executor});
  Vector exact(bins);
  for (Index i = 0; i < bins; ++i) {
    double sum = 0;
    for (Index j = 0; j < 100; ++j)
      sum += std::exp(-double_well(-1.6 + 0.001 * (static_cast<double>(100 * i + j) + 0.5)));
    exact[i] = -std::log(sum);
  }
  const Vector weight = (-result.values.array()).exp();
  exact.array() += weight.dot(result.values - exact) / weight.sum();
  for (Index i = 0; i < bins; ++i) {
    CAPTURE(result.points(i, 0), result.values[i], exact[i], result.standard_errors[i]);
    CHECK(std::abs(result.values[i] - exact[i]) < 3 * result.standard_errors[i] + 0.02);
    if (std::abs(result.points(i, 0)) < 1.3) CHECK(result.standard_errors[i] < 0.15);
  }
  REQUIRE(result.notes.size() == 1);
  CHECK_THAT(result.notes[0], Catch::Contains("skewness and excess kurtosis change"));
}

namespace {

/// 10/2 (x_0 − centre)² on the circle.
class RotorSpring final : public Bias {
 public:
  [[nodiscard]] const CoarseMap& coarse() const override { return coarse_; }
  void evaluate(ConstBlock xi, ConstBlock centre, double* energy, Block derivative) const override {
    for (Index lane = 0; lane < xi.lanes(); ++lane) {
      const double away = coarse_.difference(0, xi(0, lane), centre(0, lane));
      energy[lane] = 5 * away * away;
      if (derivative.rows() > 0) derivative(0, lane) = 10 * away;
    }
  }
  [[nodiscard]] Vector sigma(double thermal_energy) const override {
    return Vector::Constant(1, std::sqrt(thermal_energy / 10));
  }

 private:
  CoarseMap coarse_ = axes({0}, 2 * std::acos(-1.0));
};

}  // namespace

TEST_CASE("Umbrella integration closes the circle of a periodic variable", "[unit]") {
  // A free rotor under windows: F = 0 everywhere, and the windows that lie across the end of the grid are whole.
  const double pi = std::acos(-1.0);
  const Index windows = 12, walkers = 8, frames = 100;
  const auto data = MemoryEnsemble::make(windows * walkers, frames, 1);
  data->editable_info().centres.resize(windows, 1);
  for (Index k = 0; k < windows; ++k) data->editable_info().centres(k, 0) = -pi + 2 * pi * static_cast<double>(k) / 12;
  for (Index w = 0; w < windows * walkers; ++w) {
    data->editable_info().window[static_cast<std::size_t>(w)] = w / walkers;
    RandomSequence random(RandomStream::named(5, {"rotor"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < frames; ++f)
      data->at(f, w) = static_cast<float>(data->info().centres(w / walkers, 0) + random.normal() / std::sqrt(10));
  }
  const CoarseMap coarse = axes({0}, 2 * pi);
  const Executor executor(2);
  const FreeEnergy result = make<Estimator>("{type: umbrella_integration}")
                                ->estimate({.data = {{data, std::make_shared<RotorSpring>()}},
                                            .coarse = coarse,
                                            .grid = {Vector::Constant(1, -pi), Vector::Constant(1, pi), {24}},
                                            .differences = {{"across", 0, 2.6, 3.6, -0.5, 0.5}},
                                            .thermal_energy = 1,
                                            .stream = RandomStream::named(5, {"bootstrap"}),
                                            .executor = executor});
  CHECK(result.values.allFinite());
  CHECK(result.values.maxCoeff() < 4 * result.standard_errors.maxCoeff());
  CHECK(std::abs(result.differences[0].value) < 4 * result.differences[0].standard_error);
}

TEST_CASE("Umbrella integration refuses more than three variables and biases on others than those of the profile",
          "[unit]") {
  const auto plane = MemoryEnsemble::make(8, 10, 4);
  const Executor executor(1);
  const auto estimate = [&](const CoarseMap& coarse, std::shared_ptr<const Bias> bias) {
    const Index size = coarse.size();
    return make<Estimator>("{type: umbrella_integration}")
        ->estimate({.data = {{plane, std::move(bias)}},
                    .coarse = coarse,
                    .grid = {Vector::Constant(size, -1), Vector::Constant(size, 1),
                             std::vector<Index>(static_cast<std::size_t>(size), 4)},
                    .differences = {},
                    .thermal_energy = 1,
                    .stream = RandomStream::named(1, {"bootstrap"}),
                    .executor = executor});
  };
  CHECK_THROWS_WITH(estimate(axes({0, 1, 2, 3}), nullptr), Catch::Contains("is for one to three"));
  plane->editable_info().centres = Matrix::Zero(1, 1);
  for (Index w = 0; w < 8; ++w)
    for (Index f = 0; f < 10; ++f) plane->at(f, w, 1) = 0.1F * static_cast<float>(f + 1);
  CHECK_THROWS_WITH(estimate(axes({1}), std::make_shared<Spring>(1)), Catch::Contains("'c0' is none of them"));
}
