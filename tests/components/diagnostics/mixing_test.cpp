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

std::string verdict(const Findings& findings, std::size_t row) {
  return std::get<std::string>(findings.tables.front().rows[row].back());
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
  const auto& mixed = findings.tables.front().rows[0];
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
