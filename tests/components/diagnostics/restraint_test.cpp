// SPDX-License-Identifier: MIT
// Restraints that act, restraints that were forgotten, and restraints of another stiffness than stated.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/families/diagnostic.hpp"
#include "support/angle.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "systems/langevin_middle.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

constexpr double kT = 2, own = 3;  // the well is own/2 |x − (1, 0)|²

std::shared_ptr<const Bias> spring(double stiffness) {
  return make<Bias>("{type: harmonic, on: {type: coordinate, index: 0}, stiffness: " + std::to_string(stiffness) + "}");
}

/// Exact draws from the well under springs of `stiffness` at −1, 1 and 2: 16 of 48 walkers each, 250 independent
/// frames.
std::shared_ptr<MemoryEnsemble> windows(double stiffness, const std::string& seed, Index walkers = 48) {
  const auto out = MemoryEnsemble::make(walkers, 250, 2, kT);
  EnsembleInfo& info = out->editable_info();
  info.centres = Matrix{{-1}, {1}, {2}};
  info.coarse = {"coordinate"};
  for (Index w = 0; w < walkers; ++w) {
    info.window[static_cast<std::size_t>(w)] = w % 3;
    RandomSequence random(RandomStream::named(5, {seed}), static_cast<std::uint32_t>(w));
    const double mean = (own * 1 + stiffness * info.centres(w % 3, 0)) / (own + stiffness);
    for (Index f = 0; f < 250; ++f) {
      out->at(f, w, 0) = static_cast<float>(mean + std::sqrt(kT / (own + stiffness)) * random.normal());
      out->at(f, w, 1) = static_cast<float>(std::sqrt(kT / own) * random.normal());
    }
  }
  return out;
}

Findings evaluate(std::shared_ptr<const Ensemble> data, std::shared_ptr<const Bias> bias, const std::string& more = "",
                  const std::string& potential = "{type: harmonic, centre: [1, 0], stiffness: 3}") {
  const auto system = make<System>("{potential: " + potential +
                                   ", temperature: 2, integrator: {type: leimkuhler_matthews, timestep: 0.01}}");
  const Executor executor(2);
  return make<ConsistencyCheck>("{type: restraint" + more + "}")
      ->evaluate({.data = {{std::move(data), std::move(bias)}},
                  .system = system.get(),
                  .stream = RandomStream::named(1, {"restraint"}),
                  .executor = executor});
}

std::string verdict(const Findings& findings, std::size_t row) {
  return std::get<std::string>(findings.tables.front().rows.at(row).back());
}

double cell(const Findings& findings, std::size_t row, std::size_t column) {
  return std::get<double>(findings.tables.front().rows.at(row).at(column));
}

}  // namespace

// The well is harmonic, so that mean = centre − F'/κ and variance = kT/(κ + F'') exactly. The implied values are
// averages of 4,000 frames: four standard errors.
TEST_CASE("Restraints that act are told so, with the mean and spread that they imply", "[statistics]") {
  const Findings findings = evaluate(windows(8, "acting"), spring(8), ", tolerance: 0");
  CHECK(findings.values.at("restraint.windows") == 3);
  CHECK(findings.values.at("restraint.off_windows") == 0);
  CHECK(findings.values.at("restraint.largest_deviation") < 4);
  const double centres[] = {-1, 1, 2};
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(verdict(findings, row) == "acts");
    const double mean = (own * 1 + 8 * centres[row]) / (own + 8), sd = std::sqrt(kT / (own + 8));
    CHECK(cell(findings, row, 3) == Approx(mean).margin(4 * cell(findings, row, 4)));
    CHECK(cell(findings, row, 6) == Approx(sd).margin(4 * cell(findings, row, 7)));
    // Of the implied mean −⟨f⟩/κ the error is that of ⟨f + U'⟩/κ: (own + κ) sd/κ per frame.
    CHECK(cell(findings, row, 4) == Approx((own + 8) * sd / 8 / std::sqrt(4000)).epsilon(0.25));
  }
}

TEST_CASE("Data made without the bias are found out, at the bottom of the well too", "[statistics]") {
  const Findings findings = evaluate(windows(0, "forgotten"), spring(8));
  CHECK(findings.values.at("restraint.windows_without_bias") == 3);
  CHECK(findings.values.at("restraint.off_windows") == 3);
  for (std::size_t row = 0; row < 3; ++row) CHECK(verdict(findings, row) == "NO BIAS");
  CHECK(findings.values.at("restraint.largest_deviation") > 20);
}

// Five frames of 250 far up the wall, as of walkers that were not started in their window. Errors that know of the slow
// way down hide it up to a deviation of the root of the number of walkers, 64.
TEST_CASE("Windows that are off at first are not settled, and the bias is not blamed", "[statistics]") {
  const auto data = windows(8, "started elsewhere", 192);
  for (Index w = 0; w < 192; ++w)
    for (Index f = 0; f < 5; ++f) data->at(f, w, 0) = 9;
  const Findings findings = evaluate(data, spring(8));
  for (std::size_t row = 0; row < 3; ++row) CHECK(verdict(findings, row) == "NOT SETTLED");
  CHECK(findings.values.at("restraint.off_windows") == 3);
  // Off all along is off.
  CHECK(verdict(evaluate(windows(4, "half"), spring(8)), 1) == "SPREAD OFF");
}

TEST_CASE("A stiffness other than the stated one shows in mean and spread", "[statistics]") {
  const Findings findings = evaluate(windows(4, "half"), spring(8));
  CHECK(verdict(findings, 0) == "MEAN AND SPREAD OFF");
  CHECK(verdict(findings, 1) == "SPREAD OFF");  // its centre is where the mean is anyway
  CHECK(findings.values.at("restraint.windows_without_bias") == 0);
}

TEST_CASE("A small error of the time step is forgiven up to the tolerance", "[statistics]") {
  const auto wide = windows(7.5, "a little wide");  // variance 5 % above that of 8
  CHECK(evaluate(wide, spring(8), ", tolerance: 0.2").values.at("restraint.off_windows") == 0);
  CHECK(evaluate(wide, spring(8), ", tolerance: 0, errors: 2").values.at("restraint.off_windows") > 0);
}

// An angle around the origin of a flat disc V = 3/2 |x|²: no mean force, v = (−y, x) has no divergence, and the law
// under κ/2 (θ − c)² is normal with variance kT/κ (cut off at ±π, 8 standard deviations away). Then a shifted centre:
// V = 3/2 |x − (1, 0)|², for which ⟨f⟩ is not 0, by a Metropolis chain.
TEST_CASE("Restraints on curved variables are judged as well", "[statistics]") {
  const std::shared_ptr<const Bias> spring = build<Bias>(
      *configure("bias", "{type: harmonic, on: {type: polar_angle}, stiffness: 12}", registry_with_angle()));
  for (const double shift : {0.0, 1.0}) {
    const auto data = MemoryEnsemble::make(16, 250, 2, kT);
    EnsembleInfo& info = data->editable_info();
    info.centres = Matrix{{1.0}};
    for (Index w = 0; w < 16; ++w) {
      RandomSequence random(RandomStream::named(6, {"angle"}), static_cast<std::uint32_t>(w));
      double x = 0.6, y = 0.9;
      const auto energy = [&](double a, double b) {
        const double away = std::atan2(b, a) - 1.0;
        return own / 2 * ((a - shift) * (a - shift) + b * b) + 6 * away * away;
      };
      for (Index f = -20; f < 250; ++f) {
        for (int step = 0; step < 60; ++step) {
          const double a = x + 0.8 * random.normal(), b = y + 0.8 * random.normal();
          if (std::log(random.uniform()) >= (energy(x, y) - energy(a, b)) / kT) continue;
          x = a;
          y = b;
        }
        if (f < 0) continue;
        data->at(f, w, 0) = static_cast<float>(x);
        data->at(f, w, 1) = static_cast<float>(y);
      }
    }
    const std::string potential =
        "{type: harmonic, centre: [" + std::to_string(shift) + ", 0], stiffness: " + std::to_string(own) + "}";
    const Findings findings = evaluate(data, spring, ", tolerance: 0", potential);
    CAPTURE(shift, cell(findings, 0, 2), cell(findings, 0, 3), cell(findings, 0, 4));
    CHECK(verdict(findings, 0) == "acts");
    const std::shared_ptr<const Bias> stiffer = build<Bias>(
        *configure("bias", "{type: harmonic, on: {type: polar_angle}, stiffness: 24}", registry_with_angle()));
    CHECK(verdict(evaluate(data, stiffer, "", potential), 0) != "acts");
  }
}

TEST_CASE("The force of a linear bias is missed where it is not there", "[statistics]") {
  const std::shared_ptr<const Bias> push = make<Bias>("{type: linear, on: {type: coordinate, index: 0}, force: 3}");
  const auto data = windows(0, "pushed");
  data->editable_info().centres = Matrix::Zero(1, 1);
  data->editable_info().window.assign(48, 0);
  CHECK(verdict(evaluate(data, push), 0) == "NO BIAS");
  for (Index f = 0; f < 250; ++f)
    for (Index w = 0; w < 48; ++w) data->at(f, w, 0) += 1;  // 3/own: what the force does
  CHECK(verdict(evaluate(data, push), 0) == "acts");
}

// A rotor of fixed length and unequal masses in a field along x, restrained in z: on the sphere its law is
// exp(−(V + U)/kT), drawn exactly by rejection. It can go along z only by turning out of the field, which is a force
// that no displacement along z alone feels: seen to fail with ∇ξ that is not projected.
TEST_CASE("Restraints on what constraints hold together are judged by motions that they allow", "[statistics]") {
  static constexpr double length = 0.5, field = 20;
  class Rotor final : public System, public Potential {
   public:
    [[nodiscard]] Index dimension() const override { return 6; }
    [[nodiscard]] double thermal_energy() const override { return kT; }
    [[nodiscard]] double timestep() const override { return 0.01; }
    [[nodiscard]] SystemAbilities abilities() const override { return {.energies = true, .biases = true}; }
    [[nodiscard]] const Potential* potential() const override { return this; }
    void evaluate(ConstBlock x, double* energy, Block gradient) const override {
      if (energy != nullptr) Row(energy, x.lanes()) = -field * (x.row(3) - x.row(0));
      gradient.flat().setZero();
      gradient.row(0).setConstant(field);
      gradient.row(3).setConstant(-field);
    }
    void energies(ConstBlock x, double* energy) const override {
      Row(energy, x.lanes()) = -field * (x.row(3) - x.row(0));
    }
    std::int64_t advance(WalkerTile&, const Restraint*, const RandomStream&, std::uint64_t,
                         std::int64_t) const override {
      return 0;
    }
    void take_forbidden(ConstBlock x, Block vectors) const override { dynamics_.take_forbidden(x, vectors); }

   private:
    LangevinMiddle dynamics_{{(Vector(2) << 12, 2).finished(), {{0, 1, length}}, false}, kT, 0.01, 1};
  };
  const auto bias = [](double stiffness) {
    return std::shared_ptr<const Bias>(make<Bias>(
        "{type: harmonic, on: {type: linear, weights: [0, 0, -1, 0, 0, 1]}, stiffness: " + std::to_string(stiffness) +
        "}"));
  };
  const auto data = MemoryEnsemble::make(16, 250, 6, kT);
  EnsembleInfo& info = data->editable_info();
  info.centres = Matrix{{-0.1}};
  for (Index w = 0; w < 16; ++w) {
    RandomSequence random(RandomStream::named(7, {"rotor"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < 250; ++f) {
      double place[3];
      double energy = 0;
      do {
        place[2] = length * (2 * random.uniform() - 1);
        const double turn = 2 * M_PI * random.uniform(), across = std::sqrt(length * length - place[2] * place[2]);
        place[0] = across * std::cos(turn);
        place[1] = across * std::sin(turn);
        energy = field * (length - place[0]) + 0.5 * 60 * std::pow(place[2] + 0.1, 2);
      } while (std::log(random.uniform()) > -energy / kT);
      for (Index d = 0; d < 3; ++d) {
        data->at(f, w, d) = static_cast<float>(0.3 - place[d] / 7);
        data->at(f, w, 3 + d) = static_cast<float>(0.3 + place[d] * 6 / 7);
      }
    }
  }
  const Rotor rotor;
  const Executor executor(1);
  const auto judged = [&](const std::shared_ptr<const Bias>& with) {
    return make<ConsistencyCheck>("{type: restraint, tolerance: 0}")
        ->evaluate(
            {.data = {{data, with}}, .system = &rotor, .stream = RandomStream::named(1, {"r"}), .executor = executor});
  };
  CHECK(verdict(judged(bias(60)), 0) == "acts");
  CHECK(verdict(judged(bias(80)), 0) != "acts");
  CHECK(verdict(judged(bias(1)), 0) != "acts");
}

TEST_CASE("restraint says what it needs", "[unit]") {
  CHECK_THROWS_WITH(evaluate(windows(0, "free"), nullptr), Catch::Contains("no frames of biased walkers"));
}

TEST_CASE("A restraint on what hardly changes with the state does not act, and is told so", "[unit]") {
  const auto bias = std::shared_ptr<const Bias>(
      make<Bias>("{type: harmonic, on: {type: linear, weights: [1.0e-9, 0]}, stiffness: 200}"));
  const Findings findings = evaluate(windows(0, "flat"), bias);
  for (std::size_t row = 0; row < 3; ++row) CHECK(verdict(findings, row) == "NO GRADIENT");
  CHECK(findings.values.at("restraint.windows_without_bias") == 3);
}
