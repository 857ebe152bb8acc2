// SPDX-License-Identifier: MIT
// MBAR against states whose free energies are known in closed form.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "estimators/mbar_equations.hpp"
#include "estimators/overlap.hpp"
#include "harmonic_windows.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/families/estimator.hpp"
#include "liftwell/registry/registry.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// Five harmonic states of spring constants 1, 2, 4, 8, 16 at centres 0 … 4, kT = 1.
constexpr Index oscillators = 5;
double spring_constant(Index k) { return std::pow(2.0, static_cast<double>(k)); }

/// What turns the first oscillator into the one at `centre`: k/2 (x − c)² − x²/2 with k = 2^c.
class OscillatorBias final : public Bias {
 public:
  const CoarseMap& coarse() const override { return coarse_; }
  void evaluate(ConstBlock xi, ConstBlock centre, double* energy, Block) const override {
    for (Index lane = 0; lane < xi.lanes(); ++lane) {
      const double x = xi(0, lane), c = centre(0, lane);
      energy[lane] = std::exp2(c) / 2 * (x - c) * (x - c) - x * x / 2;
    }
  }
  Vector sigma(double) const override { return Vector::Ones(1); }

 private:
  CoarseMap coarse_ = axes({0});
};

struct OscillatorData {
  std::shared_ptr<const Bias> bias = std::make_shared<OscillatorBias>();
  std::shared_ptr<MemoryEnsemble> windows, plain;
};

/// Walkers of all five states; frames of a walker are an AR(1) chain of correlation `memory`. State 0
/// is simulated without bias.
OscillatorData oscillator_data(Index walkers, Index frames, double memory, std::uint64_t seed) {
  OscillatorData out;
  out.windows = MemoryEnsemble::make((oscillators - 1) * walkers, frames, 1);
  out.plain = MemoryEnsemble::make(walkers, frames, 1);
  EnsembleInfo& info = out.windows->editable_info();
  info.centres.resize(oscillators - 1, 1);
  for (Index k = 0; k < oscillators; ++k) {
    if (k > 0) info.centres(k - 1, 0) = static_cast<double>(k);
    for (Index w = 0; w < walkers; ++w) {
      if (k > 0) info.window[static_cast<std::size_t>((k - 1) * walkers + w)] = k - 1;
      RandomSequence random(RandomStream::named(seed, {"oscillators"}), static_cast<std::uint32_t>(k * walkers + w));
      double n = random.normal();
      for (Index f = 0; f < frames; ++f) {
        const double x = static_cast<double>(k) + n / std::sqrt(spring_constant(k));
        (k == 0 ? out.plain->at(f, w) : out.windows->at(f, (k - 1) * walkers + w)) = static_cast<float>(x);
        n = memory * n + std::sqrt(1 - memory * memory) * random.normal();
      }
    }
  }
  return out;
}

FreeEnergy estimate_from(const std::vector<BiasedEnsemble>& data, std::uint64_t seed = 1, int threads = 2) {
  static const auto* declaration = Registry::global().find("estimator", "mbar");
  const Configured configured{.declaration = declaration, .options = declaration->default_options()};
  const CoarseMap coarse = axes({0});
  const Executor executor(threads);
  const EstimationRequest request{.data = data,
                                  .coarse = coarse,
                                  .grid = {Vector::Constant(1, -3), Vector::Constant(1, 5), {16}},
                                  .differences = {{"far", 0, 1.5, 6, -6, 1.5}},
                                  .thermal_energy = 1,
                                  .stream = RandomStream::named(seed, {"bootstrap"}),
                                  .executor = executor};
  return build<Estimator>(configured)->estimate(request);
}

FreeEnergy estimate(const OscillatorData& data, std::uint64_t seed = 1, int threads = 2) {
  return estimate_from({{data.plain, nullptr}, {data.windows, data.bias}}, seed, threads);
}

/// −ln[P(x > 1.5)/P(x < 1.5)] of the first oscillator.
const double exact_difference = -std::log(std::erfc(1.5 / std::sqrt(2)) / (2 - std::erfc(1.5 / std::sqrt(2))));

struct ZScores {
  double mean = 0, square = 0;
};
ZScores z_scores(Index walkers, Index frames, double memory, int repeats) {
  ZScores out;
  for (int i = 0; i < repeats; ++i) {
    const auto seed = static_cast<std::uint64_t>(1000 + i);
    const FreeEnergy result = estimate(oscillator_data(walkers, frames, memory, seed), seed);
    const double z = (result.differences[0].value - exact_difference) / result.differences[0].standard_error;
    out.mean += z / repeats;
    out.square += z * z / repeats;
  }
  return out;
}

}  // namespace

TEST_CASE("The MBAR equations find the free energies of five harmonic oscillators", "[statistics]") {
  // Reduced free energies relative to the first are ln(k)/2. Tolerance 5 standard errors of 2000 samples
  // and more a state (0.02 each). With N_k left out of the denominators
  // f is off by 0.4 to 1.1.
  FloatMatrix boltzmann(20000, oscillators);
  Vector populations(oscillators);
  RandomSequence random(RandomStream::named(7, {"equations"}), 0);
  Index n = 0;
  for (Index from = 0; from < oscillators; ++from) {
    populations[from] = static_cast<double>(2000 + 1000 * from);
    for (Index i = 0; i < 2000 + 1000 * from; ++i, ++n) {
      const double x = static_cast<double>(from) + random.normal() / std::sqrt(spring_constant(from));
      for (Index k = 0; k < oscillators; ++k) {
        const double distance = x - static_cast<double>(k);
        boltzmann(n, k) = static_cast<float>(std::exp(-spring_constant(k) / 2 * distance * distance));
      }
    }
  }
  REQUIRE(n == boltzmann.rows());
  const Executor executor(2);
  Vector f = Vector::Zero(oscillators);
  MbarPoint point;
  const MbarEquations equations(boltzmann, populations);
  REQUIRE(equations.solve(f, 1e-10, 5, 50, executor, point));
  for (Index k = 0; k < oscillators; ++k) CHECK(f[k] == Approx(std::log(spring_constant(k)) / 2).margin(0.1));
  // The solution is where P has N_k in every column.
  CHECK(equations.residual(point) < 1e-10);
  CHECK(point.column_sums.sum() == Approx(static_cast<double>(boltzmann.rows())));
}

TEST_CASE("MBAR errors of five oscillators match the spread of repeats when whole walkers are resampled",
          "[statistics]") {
  // 200 repeats: the mean of z has standard error 0.07, the mean of z² about 0.1. With every frame a
  // block of its own, z² is 2.8.
  const ZScores z = z_scores(16, 60, 0.5, 200);
  CHECK(std::abs(z.mean) < 0.3);
  CHECK(z.square > 0.65);
  CHECK(z.square < 1.45);
}

TEST_CASE("MBAR errors of five oscillators match the spread of repeats when walkers are cut into blocks",
          "[statistics]") {
  // As above with two long walkers a state; with every frame a block of its own, z² is 8.
  const ZScores z = z_scores(2, 800, 0.8, 200);
  CHECK(std::abs(z.mean) < 0.3);
  CHECK(z.square > 0.65);
  CHECK(z.square < 1.6);
}

TEST_CASE("MBAR gives the profile of the unbiased oscillator from windows alone", "[statistics]") {
  // Fixed seed; every visited bin within 4.5 of its standard errors after aligning both curves. With
  // frames left unweighted bins are off by up to 9.
  const OscillatorData data = oscillator_data(16, 400, 0, 5);
  const FreeEnergy result = estimate_from({{data.windows, data.bias}});
  int compared = 0;
  double offset = 0, weight = 0;
  const auto exact = [&](double centre) {
    const auto tail = [](double x) { return std::erfc(x / std::sqrt(2)) / 2; };
    return -std::log(tail(centre - 0.25) - tail(centre + 0.25));
  };
  for (Index i = 0; i < result.values.size(); ++i)
    if (std::isfinite(result.standard_errors[i])) {
      const double w = 1 / std::pow(result.standard_errors[i] + 1e-3, 2);
      offset += w * (result.values[i] - exact(result.points(i, 0)));
      weight += w;
    }
  for (Index i = 0; i < result.values.size(); ++i)
    if (std::isfinite(result.standard_errors[i])) {
      CHECK(std::abs(result.values[i] - exact(result.points(i, 0)) - offset / weight) <
            4.5 * result.standard_errors[i] + 0.02);
      ++compared;
    }
  CHECK(compared >= 8);
}

TEST_CASE("MBAR results do not depend on threads or on how frames are cut into segments", "[unit]") {
  const OscillatorData data = oscillator_data(8, 50, 0.5, 3);
  const FreeEnergy one = estimate(data, 1, 1), two = estimate(data, 1, 2);
  CHECK(one.differences[0].value == two.differences[0].value);
  CHECK(one.differences[0].standard_error == two.differences[0].standard_error);
  for (Index i = 0; i < one.values.size(); ++i)
    if (!std::isnan(one.values[i])) CHECK(one.values[i] == two.values[i]);

  OscillatorData cut = data;
  const auto again = std::make_shared<MemoryEnsemble>(data.windows->info(), 7);
  for (Index f = 0; f < 50; ++f)
    for (Index w = 0; w < data.windows->info().walkers; ++w) again->at(f, w) = data.windows->at(f, w);
  cut.windows = again;
  CHECK(estimate(cut).differences[0].value == one.differences[0].value);
}

TEST_CASE("Windows of equal bias and centre from several cycles count as one state", "[unit]") {
  const OscillatorData whole = oscillator_data(8, 40, 0, 11);
  // The same frames as two ensembles of 20 frames each.
  std::vector<BiasedEnsemble> parts{{whole.plain, nullptr}};
  for (Index part = 0; part < 2; ++part) {
    EnsembleInfo info = whole.windows->info();
    info.frames = 20;
    info.cycle = static_cast<int>(part) + 1;
    const auto half = std::make_shared<MemoryEnsemble>(info);
    for (Index f = 0; f < 20; ++f)
      for (Index w = 0; w < info.walkers; ++w) half->at(f, w) = whole.windows->at(part * 20 + f, w);
    parts.push_back({half, whole.bias});
  }
  CHECK(estimate_from(parts).differences[0].value == Approx(estimate(whole).differences[0].value).epsilon(1e-8));
}

TEST_CASE("Windows that share no frames with the rest are left out and named", "[unit]") {
  // Three windows in reach of each other, and a smaller one far away.
  HarmonicWindows windows{.centres = {0, 0.3, 0.6, 20}, .walkers = 8, .frames = 50, .stiffness = 30};
  const FreeEnergy result = estimate_with("{type: mbar}", windows.request_data(1));
  REQUIRE_FALSE(result.notes.empty());
  CHECK_THAT(result.notes[0], Catch::Contains("the windows do not connect") && Catch::Contains("the window at 20") &&
                                  Catch::Contains("400 of 1600 frames"));
  windows.centres.pop_back();
  const FreeEnergy near = estimate_with("{type: mbar}", windows.request_data(1));
  for (Index i = 0; i < near.values.size(); ++i) {
    CHECK(std::isnan(near.values[i]) == std::isnan(result.values[i]));
    if (!std::isnan(near.values[i])) CHECK(result.values[i] == Approx(near.values[i]).margin(1e-7));
  }
}

TEST_CASE("MBAR leaves a difference unanswered when windows in one of its regions were left out", "[unit]") {
  // The windows at 3.2 and beyond do not connect; a few frames of the window at 1.7 lie above 1.5, so there
  // is something to divide by.
  const HarmonicWindows windows{
      .centres = {0, 0.3, 0.6, 0.9, 1.2, 1.5, 4, 4.3}, .walkers = 8, .frames = 50, .stiffness = 30};
  const FreeEnergy result = estimate_with("{type: mbar}", windows.request_data(1));
  CHECK(std::isnan(result.differences[0].value));
  CHECK(std::isnan(result.differences[0].standard_error));
  CHECK_THAT(result.notes.back(), Catch::Contains("difference 'far': not answered") &&
                                      Catch::Contains("the window at 4, the window at 4.3"));
  const FreeEnergy wham = estimate_with("{type: wham}", windows.request_data(1));
  CHECK(std::isnan(wham.differences[0].value));
  const FreeEnergy integrated = estimate_with("{type: umbrella_integration}", windows.request_data(1));
  CHECK(std::isnan(integrated.differences[0].value));
}

TEST_CASE("A group of windows that does not connect has a free energy of its own", "[unit]") {
  // Two groups; both regions of the difference lie within the smaller one.
  // Its profile stands in a table.
  const HarmonicWindows both{.centres = {-20, -19.7, -19.4, 1.5, 1.8}, .walkers = 8, .frames = 200, .stiffness = 30};
  HarmonicWindows alone = both;
  alone.centres = {1.5, 1.8};
  for (const std::string estimator : {"{type: mbar}", "{type: wham}", "{type: umbrella_integration}"}) {
    INFO(estimator);
    const FreeEnergy result = estimate_with(estimator, both.request_data(1));
    INFO(fmt::format("{}", fmt::join(result.notes, "\n")));
    const FreeEnergyDifference& far = result.differences[0];
    CHECK(std::isfinite(far.value));
    CHECK(far.standard_error > 0);
    const FreeEnergy exact = estimate_with("{type: mbar}", alone.request_data(3));
    CHECK(std::abs(far.value - exact.differences[0].value) <
          4 * std::hypot(far.standard_error, exact.differences[0].standard_error));
    CHECK(std::count_if(result.notes.begin(), result.notes.end(), [](const std::string& note) {
            return note ==
                   "difference 'far': lies within the window at 1.5, the window at 1.8, and is answered from their "
                   "frames alone";
          }) == 1);
    const auto group = std::find_if(result.tables.begin(), result.tables.end(), [](const Table& table) {
      return table.title == "Free energy of groups that nothing connects, each from its own minimum";
    });
    REQUIRE(group != result.tables.end());
    CHECK(group->rows.size() > 4);
    double lowest = 1;
    for (const auto& row : group->rows) {
      CHECK(std::get<double>(row[1]) > 0.5);  // no bin of the larger group
      lowest = std::min(lowest, std::get<double>(row[2]));
    }
    CHECK(lowest == 0);
  }
}

TEST_CASE("MBAR tells how much the windows overlap", "[unit]") {
  // Two states i and j of equal frames and equal width s at a distance d: O_ij = E[2 p_i p_j]/(p_i + p_j)², here
  // by quadrature. Stiffness 4 gives s² = 1/5, and means 0.8 of the centres.
  const auto exact = [](double distance) {
    const double variance = 0.2;
    double sum = 0;
    for (double x = -6; x < 8; x += 1e-3) {
      const double a = std::exp(-x * x / (2 * variance)),
                   b = std::exp(-(x - distance) * (x - distance) / (2 * variance));
      if (a + b > 0) sum += 1e-3 * a * b / (a + b) / std::sqrt(2 * 3.14159265358979 * variance);
    }
    return sum;
  };
  const HarmonicWindows windows{.centres = {0, 1}, .walkers = 16, .frames = 500};
  const FreeEnergy result = estimate_with("{type: mbar}", windows.request_data(2));
  REQUIRE(result.tables.size() == 2);
  CHECK(std::get<double>(result.tables[0].rows[0][4]) == Approx(exact(0.8)).margin(0.01));
  const auto& matrix = result.tables[1].rows;
  for (std::size_t k = 0; k < 2; ++k)
    CHECK(std::get<double>(matrix[k][1]) + std::get<double>(matrix[k][2]) == Approx(1).margin(1e-6));
  CHECK(result.notes.empty());
}

TEST_CASE("A number below a limit is written below it", "[unit]") {
  CHECK(two_digits_down(0.02999) == Approx(0.029));
  CHECK(two_digits_down(0.00123) == Approx(0.0012));
  CHECK(two_digits_down(0) == 0);
}

TEST_CASE("A group of windows with no frame in the profile gets no rows", "[unit]") {
  const HarmonicWindows windows{.centres = {0, 0.3, 0.6, 20}, .frames = 50, .stiffness = 30};
  const FreeEnergy result = estimate_with("{type: mbar}", windows.request_data(1));
  for (const Table& table : result.tables) CHECK_FALSE(table.rows.empty());
  CHECK(std::any_of(result.notes.begin(), result.notes.end(), [](const auto& note) {
    return note == "the window at 20: none of their frames lies in the bins of the profile";
  }));
}

TEST_CASE("MBAR warns of windows that overlap by a few frames only", "[unit]") {
  const HarmonicWindows windows{.centres = {0, 0.3, 0.6, 1.5, 1.8}, .walkers = 8, .frames = 200, .stiffness = 30};
  const FreeEnergy result = estimate_with("{type: mbar}", windows.request_data(1));
  REQUIRE(result.notes.size() == 1);
  CHECK_THAT(result.notes[0], Catch::Contains("the window at 0.6 and the window at 1.5 overlap by"));
  CHECK(std::isfinite(result.differences[0].value));
}

TEST_CASE("A short run among windows that overlap well is no weak link, unless it alone joins them", "[unit]") {
  // The last of the centres has 30 frames, the others 4000.
  const auto with_short = [](const std::vector<double>& centres) {
    const HarmonicWindows windows{.centres = centres, .walkers = 20, .frames = 200, .stiffness = 30};
    auto data = windows.request_data(1);
    const auto kept = MemoryEnsemble::make((std::ssize(centres) - 1) * 20, 200, 1);
    const auto brief = MemoryEnsemble::make(1, 30, 1);
    EnsembleInfo& info = kept->editable_info();
    info.centres = data[0].ensemble->info().centres.topRows(std::ssize(centres) - 1);
    brief->editable_info().centres = data[0].ensemble->info().centres.bottomRows(1);
    data[0].ensemble->for_each_chunk([&](const FrameChunk& chunk) {
      for (Index f = 0; f < chunk.frames; ++f)
        for (Index w = 0; w < chunk.walkers; ++w) {
          const Index frame = chunk.first_frame + f;
          if (w < info.walkers) {
            kept->at(frame, w) = *chunk.state(f, w);
            info.window[static_cast<std::size_t>(w)] = w / 20;
          } else if (w == info.walkers && frame < 30) {
            brief->at(frame, 0) = *chunk.state(f, w);
          }
        }
    });
    return estimate_with("{type: mbar}", {{kept, data[0].bias}, {brief, data[0].bias}});
  };
  CHECK(with_short({0.9, 1.2, 1.5, 1.8, 1.05}).notes.empty());
  const FreeEnergy bridged = with_short({1, 2.2, 1.6});
  REQUIRE(bridged.notes.size() == 1);
  CHECK_THAT(bridged.notes[0], Catch::Contains("few frames") && Catch::Contains("the window at 1.6"));
}

TEST_CASE("Frames before discard_frames and of dropped walkers are not used", "[unit]") {
  const OscillatorData data = oscillator_data(10, 40, 0, 13);
  OscillatorData spoilt = data;
  EnsembleInfo info = data.plain->info();
  info.frames = 45;
  info.discard_frames = 5;
  info.walkers = 11;
  info.window.assign(11, 0);
  info.dropped = {10};
  spoilt.plain = std::make_shared<MemoryEnsemble>(info);
  for (Index f = 0; f < 45; ++f)
    for (Index w = 0; w < 11; ++w) spoilt.plain->at(f, w) = f < 5 || w == 10 ? 1e6F : data.plain->at(f - 5, w);
  CHECK(estimate(spoilt).differences[0].value == estimate(data).differences[0].value);
  info.discard_frames = 45;
  spoilt.plain = std::make_shared<MemoryEnsemble>(info);
  CHECK_THROWS_AS(estimate_from({{spoilt.plain, nullptr}}), InputError);
}
