// SPDX-License-Identifier: MIT
// Targets chosen by what is not known yet: largest_error, gaps, and their union with others.
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/families/target_policy.hpp"
#include "support/angle.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

const std::string x = "{type: coordinate, index: 0}";
const double unknown = std::nan("");

/// F on bins centred at 0, 0.1, …, with these standard errors.
std::shared_ptr<const FreeEnergy> estimate(const Vector& values, const Vector& errors) {
  auto out = std::make_shared<FreeEnergy>();
  out->coarse = {"coordinate"};
  out->points = Vector::LinSpaced(values.size(), 0, 0.1 * static_cast<double>(values.size() - 1));
  out->values = values;
  out->standard_errors = errors;
  return out;
}

Targets worst(const std::string& more, const std::shared_ptr<const FreeEnergy>& profile) {
  TargetRequest request;
  if (profile) request.free_energies["profile@previous"] = profile;
  return make<TargetPolicy>("{type: largest_error, on: " + x + ", of: profile@previous" + more + "}")->propose(request);
}

/// 20 walkers of 50 normal frames of this width in windows at `centres`.
std::shared_ptr<MemoryEnsemble> windows(const std::vector<double>& centres, double width,
                                        const std::string& coarse = "coordinate") {
  const auto count = static_cast<Index>(centres.size());
  const auto out = MemoryEnsemble::make(20 * count, 50, 2);
  EnsembleInfo& info = out->editable_info();
  info.bias = "made up";
  info.coarse = {coarse};
  info.centres = Eigen::Map<const Vector>(centres.data(), count);
  for (Index w = 0; w < 20 * count; ++w) {
    info.window[static_cast<std::size_t>(w)] = w / 20;
    RandomSequence random(RandomStream::named(9, {"windows"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < 50; ++f) {
      const double value = centres[static_cast<std::size_t>(w / 20)] + width * random.normal();
      out->at(f, w, 0) = static_cast<float>(coarse == "polar_angle" ? std::cos(value) : value);
      out->at(f, w, 1) = static_cast<float>(std::sin(value));
    }
  }
  return out;
}

Targets between(const std::string& more, const std::vector<std::shared_ptr<const Ensemble>>& data) {
  return make<TargetPolicy>("{type: gaps, on: " + x + more + "}")->propose({.data = data});
}

std::vector<double> values(const Targets& targets) {
  return {targets.values.data(), targets.values.data() + targets.values.size()};
}

}  // namespace

TEST_CASE("largest_error takes the worst bins first, a distance apart", "[unit]") {
  const auto profile = estimate(Eigen::Vector<double, 6>(0, 1, 2, 3, 4, 5), Eigen::Vector<double, 6>(1, 2, 6, 5, 3, 4));
  const auto bin = [&](Index i) { return profile->points(i, 0); };
  CHECK(values(worst(", count: 3", profile)) == std::vector<double>{bin(2), bin(3), bin(5)});
  CHECK(values(worst(", count: 3, apart: 0.2", profile)) == std::vector<double>{bin(2), bin(5), bin(0)});
  CHECK(values(worst(", count: 9, apart: 0.3", profile)) == std::vector<double>{bin(2), bin(5)});
  CHECK(values(worst(", up_to: 1", profile)) == std::vector<double>{bin(1)});
  CHECK(worst("", profile).note == "largest standard error of profile@previous: 6, at 0.2; 1 targets");
}

TEST_CASE("An error that is not known is the largest, and bins nobody visited are left to others", "[unit]") {
  const auto profile = estimate(Eigen::Vector4d(0, 1, unknown, 3), Eigen::Vector4d(1, unknown, unknown, 9));
  CHECK(values(worst(", count: 4", profile)) ==
        std::vector<double>{profile->points(1, 0), profile->points(3, 0), profile->points(0, 0)});
}

TEST_CASE("largest_error is exhausted where all errors are small, and silent before there is an estimate", "[unit]") {
  const auto profile = estimate(Eigen::Vector3d(0, 1, 2), Eigen::Vector3d(0.1, 0.3, 0.2));
  CHECK_FALSE(worst("", profile).exhausted);
  CHECK_FALSE(worst(", above: 0.25", profile).exhausted);
  CHECK(worst(", above: 0.3", profile).exhausted);
  CHECK(worst(", above: 0.3", profile).values.rows() == 1);
  const Targets none = worst("", nullptr);
  CHECK(none.values.rows() == 0);
  CHECK_FALSE(none.exhausted);
  CHECK(none.note == "there is no profile@previous yet");
}

TEST_CASE("largest_error says which estimate it reads, and union_of passes it on", "[unit]") {
  const std::string one = "{type: largest_error, on: " + x + ", of: profile@previous}";
  for (const std::string& yaml : {one, "{type: union_of, policies: [{type: gaps, on: " + x + "}, " + one + "]}"}) {
    const auto references = make<TargetPolicy>(yaml)->of();
    REQUIRE(references.size() == 1);
    CHECK(references[0].text() == "profile@previous");
    CHECK(references[0].artifact_type == "free_energy");
  }
}

// Neighbours 4 standard deviations apart have 2 Phi(-2) = 4.6 % of their area in common, 2 apart 32 %; 1000 frames of
// each, so that the Kolmogorov-Smirnov distance is right to 0.03 or so.
TEST_CASE("gaps are found between windows that do not overlap, and closed by halves", "[statistics]") {
  const Targets found = between("", {windows({0, 0.2, 0.6, 0.8}, 0.1)});
  CHECK(values(found) == std::vector<double>{0, 0.2, 0.2 + (0.6 - 0.2) / 2, 0.6, 0.8});
  CHECK_FALSE(found.exhausted);
  CHECK_THAT(found.note, Catch::Contains("1 gaps, targets at 0.4"));
  CHECK(values(between(", keep: false", {windows({0, 0.2, 0.6, 0.8}, 0.1)})) ==
        std::vector<double>{0.2 + (0.6 - 0.2) / 2});

  const Targets closed = between("", {windows({0, 0.2, 0.6, 0.8}, 0.1), windows({0.2 + (0.6 - 0.2) / 2}, 0.1)});
  CHECK(values(closed) == std::vector<double>{0, 0.2, 0.2 + (0.6 - 0.2) / 2, 0.6, 0.8});
  CHECK(closed.exhausted);
  CHECK_FALSE(between(", overlap: 0.4", {windows({0, 0.2}, 0.1)}).exhausted);
  CHECK(between(", overlap: 0.25", {windows({0, 0.2}, 0.1)}).exhausted);
}

TEST_CASE("Without a gap and without the old windows the weakest link is the target", "[unit]") {
  const Targets targets = between(", keep: false", {windows({0, 0.1, 0.25, 0.3}, 0.1)});
  CHECK(values(targets) == std::vector<double>{0.1 + (0.25 - 0.1) / 2});
  CHECK(targets.exhausted);
}

TEST_CASE("No target comes nearer to a window than wanted, and free walkers are no windows", "[unit]") {
  CHECK(between(", closest: 0.3", {windows({0, 0.5}, 0.01)}).values.rows() == 2);
  CHECK(between(", closest: 0.25", {windows({0, 0.5}, 0.01)}).values.rows() == 3);
  const auto free = windows({0.25}, 0.1);
  free->editable_info().bias.clear();
  CHECK(values(between("", {windows({0, 0.5}, 0.01), free})) == std::vector<double>{0, 0.25, 0.5});
  const Targets none = between("", {free});
  CHECK(none.values.rows() == 0);
  CHECK_FALSE(none.exhausted);
  const auto lost = windows({0, 0.2, 0.4}, 0.1);
  for (Index w = 20; w < 40; ++w) lost->editable_info().dropped.push_back(w);
  CHECK(values(between("", {lost})) == std::vector<double>{0, 0.2, 0.4});
  CHECK_FALSE(between("", {lost}).exhausted);
}

TEST_CASE("On a circle the last window and the first are neighbours", "[unit]") {
  const auto policy = build<TargetPolicy>(
      *configure("target_policy", "{type: gaps, on: {type: polar_angle}, keep: false}", registry_with_angle()));
  const Targets targets = policy->propose({.data = {windows({-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}, 0.5, "polar_angle")}});
  CHECK_THAT(targets.note, Catch::Contains("0 gaps"));
  // 2.5 and −2.5 are 1.28 apart, all others 1.
  REQUIRE(targets.values.rows() == 1);
  CHECK(std::abs(targets.values(0, 0)) == Approx(std::numbers::pi));
}

TEST_CASE("union_of keeps what policies have, leaves out what is there already, and is exhausted when all are",
          "[unit]") {
  const std::string list = "{type: list, on: " + x + ", values: [0.6, 0.0, 0.2, 0.8]}";
  const auto propose = [&](const std::string& other, const std::string& more, double width) {
    return make<TargetPolicy>("{type: union_of, policies: [" + list + ", " + other + "]" + more + "}")
        ->propose({.data = {windows({0, 0.2, 0.6, 0.8}, width)}});
  };
  const std::string gaps = "{type: gaps, on: " + x + "}";
  const Targets both = propose(gaps, "", 0.1);
  CHECK(values(both) == std::vector<double>{0, 0.2, 0.2 + (0.6 - 0.2) / 2, 0.6, 0.8});
  CHECK_FALSE(both.exhausted);
  CHECK_THAT(both.note, Catch::StartsWith("list: 4 targets as listed; gaps: 4 windows of coordinate"));
  const std::string close = "{type: list, on: " + x + ", values: [0.25, 0.5]}";
  CHECK(propose(close, "", 0.1).values.rows() == 6);
  CHECK(values(propose(close, ", apart: 0.1", 0.1)) == std::vector<double>{0, 0.2, 0.5, 0.6, 0.8});
  const std::string rules =
      "{type: union_of, policies: [" + gaps + ", {type: frontier, on: " + x + ", spacing: 0.2, low: 0, high: 0.8}]}";
  CHECK(make<TargetPolicy>(rules)->propose({.data = {windows({0, 0.2, 0.4, 0.6, 0.8}, 0.1)}}).exhausted);
  CHECK_FALSE(make<TargetPolicy>(rules)->propose({.data = {windows({0, 0.2, 0.6, 0.8}, 0.1)}}).exhausted);
}

TEST_CASE("union_of takes policies of the same variables only", "[unit]") {
  CHECK_THROWS_WITH(make<TargetPolicy>("{type: union_of, policies: [{type: gaps, on: " + x +
                                       "}, {type: list, on: {name: y, type: coordinate, index: 1}, values: [1]}]}"),
                    Catch::Contains("must choose values of the same coarse variables"));
}
