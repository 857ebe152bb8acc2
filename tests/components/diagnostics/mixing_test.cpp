// SPDX-License-Identifier: MIT
// Windows that are stuck, windows that mix, and windows of which nobody can tell.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/families/diagnostic.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// Three windows of 8 walkers. y of window 0 hops between ±1 every 10 frames, of window 1 stays at the
/// sign of its walker, of window 2 is always +1; noise 0.1 on top.
std::shared_ptr<MemoryEnsemble> windows() {
  const auto out = MemoryEnsemble::make(24, 200, 2);
  EnsembleInfo& info = out->editable_info();
  info.centres = Vector::LinSpaced(3, 0, 2);
  info.stride = 5;
  info.timestep = 0.01;
  for (Index w = 0; w < 24; ++w) {
    info.window[static_cast<std::size_t>(w)] = w % 3;
    RandomSequence random(RandomStream::named(3, {"windows"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < 200; ++f) {
      const double side = w % 3 == 0 ? ((f / 10 + w) % 2 == 0 ? 1 : -1) : w % 3 == 1 ? (w % 2 == 0 ? 1 : -1) : 1;
      out->at(f, w, 1) = static_cast<float>(side + 0.1 * random.normal());
    }
  }
  return out;
}

Findings evaluate(const std::string& more, const std::vector<BiasedEnsemble>& data) {
  const Executor executor(2);
  return make<ConsistencyCheck>("{type: mixing, coordinates: {type: coordinate, index: 1}" + more + "}")
      ->evaluate({.data = data, .stream = RandomStream::named(1, {"mixing"}), .executor = executor});
}

/// The row of the orthogonal coordinate in a window; that of xi follows it.
const std::vector<Cell>& row_of(const Findings& findings, std::size_t window) {
  return findings.tables.front().rows[2 * window];
}

std::string verdict(const Findings& findings, std::size_t window) {
  return std::get<std::string>(row_of(findings, window).back());
}

/// One window of 16 walkers whose y is a two-state process: +1 with probability `weight`, -1 else, chosen anew
/// with probability `rate` at each of `frames` frames; noise 0.1 on top.
std::shared_ptr<MemoryEnsemble> two_states(double weight, double rate, Index frames, Index walkers = 16) {
  const auto out = MemoryEnsemble::make(walkers, frames, 2);
  out->editable_info().centres = Matrix::Constant(1, 1, 0.5);
  for (Index w = 0; w < walkers; ++w) {
    RandomSequence random(RandomStream::named(21, {"two states"}), static_cast<std::uint32_t>(w));
    double side = random.uniform() < weight ? 1 : -1;
    for (Index f = 0; f < frames; ++f) {
      if (random.uniform() < rate) side = random.uniform() < weight ? 1 : -1;
      out->at(f, w, 0) = static_cast<float>(0.5 + 0.1 * random.normal());
      out->at(f, w, 1) = static_cast<float>(side + 0.1 * random.normal());
    }
  }
  return out;
}

}  // namespace

TEST_CASE("Walkers that keep the branch they started on are named", "[unit]") {
  const Findings findings = evaluate(", thresholds: 0", {{windows(), std::make_shared<Spring>(1)}});
  CHECK(findings.values.at("mixing.windows") == 3);
  CHECK(findings.values.at("mixing.unmixed_windows") == 1);
  CHECK(findings.values.at("mixing.one_sided_windows") == 1);
  CHECK(findings.values.at("mixing.fewest_crossings") == 0);
  CHECK(findings.values.at("mixing.largest_r_hat") > 5);
  CHECK(verdict(findings, 0) == "mixed");
  CHECK(verdict(findings, 1) == "NOT MIXED");
  CHECK(verdict(findings, 2) == "one side");
  const auto& mixed = row_of(findings, 0);
  CHECK(std::get<std::string>(mixed[0]) == "0");
  CHECK(std::get<double>(mixed[6]) == Approx(0.5));     // weight above the threshold
  CHECK(std::get<double>(mixed[8]) == Approx(8 * 19));  // crossings: 20 stretches of each of 8 walkers
}

TEST_CASE("Without thresholds R-hat alone decides", "[unit]") {
  const Findings findings = evaluate("", {{windows(), std::make_shared<Spring>(1)}});
  CHECK(findings.values.at("mixing.unmixed_windows") == 1);
  CHECK(findings.values.count("mixing.fewest_crossings") == 0);
}

TEST_CASE("Too few crossings make a window unmixed, and trembling is no crossing", "[unit]") {
  const std::vector<BiasedEnsemble> data{{windows(), std::make_shared<Spring>(1)}};
  CHECK(evaluate(", thresholds: 0, min_crossings: 153", data).values.at("mixing.unmixed_windows") == 2);
  // At the threshold 1 every frame of the upper branch trembles; with a margin nothing but hops counts.
  const auto crossings = [&](const std::string& more) {
    return std::get<double>(evaluate(", thresholds: 1" + more, data).tables.front().rows[0][8]);
  };
  CHECK(crossings("") > 300);
  CHECK(crossings(", margin: 0.5") == 0);
}

TEST_CASE("Windows of several cycles are judged together", "[unit]") {
  // Each half by itself looks well mixed on its own branch; together they disagree.
  std::vector<BiasedEnsemble> data;
  for (const double side : {-1.0, 1.0}) {
    const auto cycle = MemoryEnsemble::make(8, 100, 2);
    cycle->editable_info().centres = Matrix::Zero(1, 1);
    RandomSequence random(RandomStream::named(8, {"cycles"}), side > 0 ? 1 : 0);
    for (Index w = 0; w < 8; ++w)
      for (Index f = 0; f < 100; ++f) cycle->at(f, w, 1) = static_cast<float>(side + 0.1 * random.normal());
    data.push_back({cycle, std::make_shared<Spring>(1)});
    CHECK(evaluate("", {data.back()}).values.at("mixing.unmixed_windows") == 0);
  }
  const Findings both = evaluate("", data);
  CHECK(both.values.at("mixing.windows") == 1);
  CHECK(both.values.at("mixing.unmixed_windows") == 1);
}

// 16 walkers x 4000 frames, a fifth of which choose anew: the branch of 0.5 % is visited some 60 times by all walkers,
// that of 2 % some 250 times. Seen to fail with a verdict by the weight and the crossings counted, which calls the
// first one side (and the tail below not mixed).
TEST_CASE("A small branch that walkers visit and leave many times is mixed", "[statistics]") {
  for (const double weight : {0.005, 0.02, 0.5}) {
    INFO(weight);
    const Findings findings =
        evaluate(", thresholds: 0, margin: 0.5", {{two_states(weight, 0.2, 4000), std::make_shared<Spring>(1)}});
    CHECK(verdict(findings, 0) == "mixed");
    CHECK(findings.values.at("mixing.one_sided_windows") == 0);
    // 2 p (1 - p) crossings for each choice made anew, of which there are 0.2 x 64,000.
    const double expected = 2 * weight * (1 - weight) * 0.2 * 16 * 4000;
    CHECK(findings.values.at("mixing.fewest_crossings") == Approx(expected).epsilon(0.35));
  }
}

TEST_CASE("The autocorrelation time is that of the process, in its units", "[statistics]") {
  // A choice made anew at one frame in ten: the correlation after t frames is 0.9^t (but for the noise, 1 % of the
  // variance), whose sum is 9 frames of 0.5. Twice that was given, 1 + 2 times the sum.
  const auto data = two_states(0.5, 0.1, 4000);
  data->editable_info().timestep = 0.5;
  const Findings findings = evaluate("", {{data, std::make_shared<Spring>(1)}});
  CHECK(std::get<double>(row_of(findings, 0).at(4)) == Approx(4.5 / 1.01).epsilon(0.1));
}

TEST_CASE("A small branch that was visited a few times only is one side, a larger one is not mixed", "[statistics]") {
  const auto seldom = [](double weight) {
    return evaluate(", thresholds: 0, margin: 0.5", {{two_states(weight, 0.002, 2000), std::make_shared<Spring>(1)}});
  };
  CHECK(verdict(seldom(0.004), 0) == "one side");
  CHECK(verdict(seldom(0.05), 0) == "NOT MIXED");
}

TEST_CASE("Walkers that tremble at a threshold they never pass for good are on one side", "[unit]") {
  // y = -1 with a spread of 0.5: 2.3 % of the frames are above 0, none above 1.2.
  const auto data = MemoryEnsemble::make(16, 1000, 2);
  data->editable_info().centres = Matrix::Zero(1, 1);
  for (Index w = 0; w < 16; ++w) {
    RandomSequence random(RandomStream::named(22, {"tail"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < 1000; ++f) data->at(f, w, 1) = static_cast<float>(-1 + 0.5 * random.normal());
  }
  const Findings findings = evaluate(", thresholds: 0, margin: 1.2", {{data, std::make_shared<Spring>(1)}});
  CHECK(std::get<double>(row_of(findings, 0)[6]) > 0.01);
  CHECK(verdict(findings, 0) == "one side");
  CHECK(findings.values.at("mixing.unmixed_windows") == 0);
}

// 1000 walkers that never cross, 2 % of them in the other branch: as independent values alone they would pass for 99
// crossings.
TEST_CASE("Many walkers that keep their branch do not pass for mixed", "[statistics]") {
  const Findings findings = evaluate(", thresholds: 0", {{two_states(0.02, 0, 20, 1000), std::make_shared<Spring>(1)}});
  CHECK(verdict(findings, 0) == "NOT MIXED");
  CHECK(findings.values.at("mixing.fewest_crossings") == 0);
}

TEST_CASE("xi is looked at beside the coordinates, and windows are named with what was found", "[unit]") {
  const auto data = two_states(0.5, 0.2, 400);
  for (Index w = 0; w < 16; ++w)  // xi of each walker stays on a side of its own
    for (Index f = 0; f < 400; ++f) data->at(f, w, 0) += w % 2 == 0 ? 1.0F : -1.0F;
  const Findings findings = evaluate(", thresholds: 0", {{data, std::make_shared<Spring>(1)}});
  const Table& table = findings.tables.front();
  REQUIRE(table.rows.size() == 2);
  CHECK(std::get<std::string>(table.rows[0].back()) == "mixed");
  CHECK(std::get<std::string>(table.rows[1][1]) == "c0");
  CHECK(std::get<double>(table.rows[1][3]) > 5);
  CHECK(std::isnan(std::get<double>(table.rows[1][6])));
  CHECK(std::get<std::string>(table.rows[1].back()) == "NOT MIXED");
  REQUIRE(findings.targets.size() == 1);
  CHECK(findings.targets[0].target == std::vector<double>{0.5});
  CHECK(findings.targets[0].values.at("mixing.unmixed") == 1);
  CHECK(findings.targets[0].values.at("mixing.r_hat") == std::get<double>(table.rows[1][3]));
  CHECK(findings.targets[0].values.at("mixing.effective_size") < 40);
}

TEST_CASE("All walkers of a bias without centres are one window", "[unit]") {
  const std::shared_ptr<const Bias> bias = make<Bias>(
      "{type: tabulated, on: {type: coordinate, index: 0}, low: 0, high: 5, bins: 5, values: [1, 4, 2, 0, 3]}");
  const Findings findings = evaluate("", {{two_states(0.5, 0.5, 200), bias}});
  CHECK(std::get<std::string>(row_of(findings, 0).front()) == "all");
  CHECK(findings.values.at("mixing.windows") == 1);
}

TEST_CASE("An angle as xi does not jump by its period", "[unit]") {
  // All walkers about the window's centre at the seam, 3, of a circle of 6.
  class OnCircle final : public Bias {
   public:
    const CoarseMap& coarse() const override { return coarse_; }
    void evaluate(ConstBlock, ConstBlock, double*, Block) const override {}
    Vector sigma(double) const override { return Vector::Constant(1, 0.1); }

   private:
    CoarseMap coarse_ = axes({0}, 6.0);
  };
  const auto data = two_states(0.5, 0.2, 400);
  data->editable_info().centres = Matrix::Constant(1, 1, 3);
  for (Index w = 0; w < 16; ++w) {
    RandomSequence random(RandomStream::named(23, {"angle"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < 400; ++f) {
      const double angle = 0.01 * random.normal();
      data->at(f, w, 0) = static_cast<float>(w % 2 == 0 ? 3 + angle : -3 + angle);
    }
  }
  const Findings findings = evaluate("", {{data, std::make_shared<OnCircle>()}});
  CHECK(std::get<double>(findings.tables.front().rows[1][3]) < 1.1);
}

TEST_CASE("A variable of the bias that is watched too has one row", "[unit]") {
  const Executor executor(2);
  const auto rows = [&](const std::string& coordinates) {
    const auto data = windows();
    for (Index w = 0; w < 24; ++w)
      for (Index f = 0; f < 200; ++f) data->at(f, w, 0) = static_cast<float>(0.01 * static_cast<double>(f % 7));
    const std::shared_ptr<const Bias> bias =
        make<Bias>("{type: harmonic, on: {type: coordinate, index: 0}, stiffness: 1}");
    const std::vector<BiasedEnsemble> biased{{data, bias}};
    const Findings findings =
        make<ConsistencyCheck>("{type: mixing, coordinates: " + coordinates + "}")
            ->evaluate({.data = biased, .stream = RandomStream::named(1, {"mixing"}), .executor = executor});
    return findings.tables.front().rows.size() / 3;
  };
  CHECK(rows("{type: coordinate, index: 0}") == 1);
  CHECK(rows("[{type: coordinate, index: 1}, {type: coordinate, index: 0}]") == 2);
  // Of the same name, but another variable.
  CHECK(rows("{type: coordinate, index: 1}") == 2);
}

// A threshold of 190 deg left every frame on one side, and a margin of more than half a turn no crossing.
TEST_CASE("A threshold that an angle never crosses is refused", "[unit]") {
  const auto made = [](const std::string& numbers) {
    return [numbers] {
      (void)make<ConsistencyCheck>("{type: mixing, coordinates: {type: dihedral, atoms: [0, 1, 2, 3]}, " + numbers +
                                   "}");
    };
  };
  CHECK_NOTHROW(made("thresholds: 0.7, margin: 0.3")());
  CHECK_THROWS_WITH(made("thresholds: 190 deg")(),
                    Catch::Contains("thresholds: no value of dihedral is on the other side"));
  CHECK_THROWS_WITH(made("thresholds: 0.7, margin: 4")(), Catch::Contains("margin: no value of dihedral"));
}
