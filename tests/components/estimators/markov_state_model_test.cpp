// SPDX-License-Identifier: MIT
// The reversible Markov model against an independent iteration and against exact timescales of a lattice.
#include <catch2/catch.hpp>
#include <map>

#include "harmonic_windows.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/data/factorization.hpp"
#include "two_branches.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

std::string markov(const std::string& more = "") {
  return "{type: markov_state_model, " + cells_with_branches + more + "}";
}

/// The exact transition matrix of TwoBranches without bias; place (x, y) is 2x + y.
Matrix exact_matrix(double rarity) {
  constexpr Index length = TwoBranches::length;
  Matrix p = Matrix::Zero(2 * length, 2 * length);
  const auto add = [&](Index x, Index y, Index to_x, Index to_y, double chance) {
    if (to_x < 0 || to_x >= length) return;
    const double accepted = std::exp(TwoBranches::energy(x, y) - TwoBranches::energy(to_x, to_y));
    p(2 * x + y, 2 * to_x + to_y) += chance * std::min(1.0, accepted);
  };
  for (Index x = 0; x < length; ++x)
    for (Index y = 0; y < 2; ++y) {
      if (x >= 4 && x <= 7) add(x, y, x, 1 - y, 0.5 / rarity);
      add(x, y, x - 1, y, 0.5 - 0.25 / rarity);
      add(x, y, x + 1, y, 0.5 - 0.25 / rarity);
    }
  for (Index i = 0; i < p.rows(); ++i) p(i, i) += 1 - p.row(i).sum();
  return p;
}

}  // namespace

TEST_CASE("A Markov state model has the stationary law that self-consistent iteration finds", "[unit]") {
  // x_i = Σ_j (c_ij + c_ji)/(C_i/x_i + C_j/x_j) (Bowman, Beauchamp, Boxer, Pande, J. Chem. Phys. 131, 124101 (2009)).
  const auto data = TwoBranches{}.data(8, 150, 0, 2, 4);
  std::map<std::pair<Index, Index>, double> count;
  const auto& ensemble = static_cast<const MemoryEnsemble&>(*data[0].ensemble);
  std::vector<Index> before(static_cast<std::size_t>(ensemble.info().walkers), -1);
  ensemble.for_each_chunk([&](const FrameChunk& chunk) {
    for (Index f = 0; f < chunk.frames; ++f)
      for (Index w = 0; w < chunk.walkers; ++w) {
        const float* state = chunk.state(f, w);
        const Index now = 2 * std::lround(state[0]) + std::lround(state[1]);
        if (auto& last = before[static_cast<std::size_t>(w)]; last >= 0) count[{last, now}] += 1;
        before[static_cast<std::size_t>(w)] = now;
      }
  });
  for (Index i = 0; i < 24; ++i) count[{i, i}] += 0.01;  // what the model adds
  Vector x = Vector::Ones(24), totals = Vector::Zero(24);
  for (const auto& [pair, c] : count) totals[pair.first] += c;
  REQUIRE(totals.minCoeff() > 0);
  for (int i = 0; i < 20000; ++i) {
    Vector next = Vector::Zero(24);
    for (const auto& [pair, c] : count) {
      const double rate = c / (totals[pair.first] / x[pair.first] + totals[pair.second] / x[pair.second]);
      next[pair.first] += rate;
      next[pair.second] += rate;
    }
    x = next / next.sum();
  }
  const FreeEnergy result = estimate_branches(markov(), data);
  Vector profile(12);
  for (Index i = 0; i < 12; ++i) profile[i] = -std::log(x[2 * i] + x[2 * i + 1]);
  profile.array() -= profile.minCoeff();
  for (Index i = 0; i < 12; ++i) CHECK(result.values[i] == Approx(profile[i]).margin(1e-6));
  // dTRAM of one unbiased state is the same model.
  const FreeEnergy dtram = estimate_branches("{type: dtram, " + cells_with_branches + "}", data);
  for (Index i = 0; i < 12; ++i) CHECK(dtram.values[i] == Approx(result.values[i]).margin(1e-9));
}

TEST_CASE("A Markov state model finds free energy and slowest timescale of two branches from short walkers",
          "[statistics]") {
  // Walkers are a fifteenth of the slowest timescale long and start evenly over x. Fixed seed, 4 standard errors.
  const double rarity = 20;
  const auto data = TwoBranches{.rarity = rarity}.data(60, 60, 0, 2, 5);
  const FreeEnergy result = estimate_branches(markov(), data);
  CHECK(std::abs(result.differences[0].value - TwoBranches::exact()) < 4 * result.differences[0].standard_error);

  Vector root(24);
  for (Index i = 0; i < 24; ++i) root[i] = std::exp(-TwoBranches::energy(i / 2, i % 2) / 2);
  const Matrix symmetric = root.asDiagonal() * exact_matrix(rarity) * root.cwiseInverse().asDiagonal();
  const double exact = -0.5 / std::log(symmetric_eigen(symmetric).values[22]);
  REQUIRE(result.tables.size() == 2);
  const auto& slowest = result.tables[0].rows[0];
  const double timescale = std::get<double>(slowest[1]), error = std::get<double>(slowest[2]);
  CHECK(exact > 100);
  CHECK(error < 0.3 * exact);
  CHECK(std::abs(timescale - exact) < 4 * error);
  // The lattice is Markovian, so the timescale stays where it is as the lag grows.
  for (const auto& row : result.tables[1].rows) CHECK(std::abs(std::get<double>(row[2]) - exact) < 5 * error);
  CHECK(result.tables[1].rows.size() >= 6);
}

TEST_CASE("A Markov state model takes biased data beside unbiased ones", "[statistics]") {
  // The unbiased walkers cross the middle seldom; windows there tell ΔF better.
  TwoBranches lattice;
  auto data = lattice.data(6, 100, 0, 2, 6);
  const double alone = estimate_branches(markov(), data).differences[0].standard_error;
  data.push_back(lattice.data(16, 400, 1, 4, 7).front());
  const FreeEnergy result = estimate_branches(markov(), data);
  CHECK(std::abs(result.differences[0].value - TwoBranches::exact()) < 4 * result.differences[0].standard_error);
  CHECK(result.differences[0].standard_error < 0.7 * alone);
}

TEST_CASE("A Markov state model refuses biased data alone", "[unit]") {
  CHECK_THROWS_WITH(estimate_branches(markov(), TwoBranches{}.data(8, 100, 1, 4, 7)),
                    Catch::Contains("needs transitions of unbiased simulations"));
}

TEST_CASE("A Markov state model says when its cells are too narrow to come back to", "[unit]") {
  const auto data = HarmonicWindows{.centres = {0}, .stiffness = 0, .memory = 0.5}.request_data(1);
  const std::string type = GENERATE("markov_state_model", "dtram", "tram");
  CHECK_THROWS_WITH(
      estimate_with("{type: " + type + ", cells: {widths: 1.0e-6}}", {{data[0].ensemble, nullptr}}),
      Catch::Contains("walkers do not come back to the cells they leave") && Catch::Contains("use wider cells"));
}

TEST_CASE("A Markov state model tells no timescale that decayed to noise within the lag", "[statistics]") {
  // x_n+1 = m x_n + noise has the eigenvalues m, m², m³ over a frame, so over 8 frames m² is noise in 38400 frames.
  // Noise alone seemed to have a timescale of 2 frames or more, with an error of a tenth of it.
  const double memory = 0.7;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto walkers = MemoryEnsemble::make(64, 600, 1);
    walkers->editable_info().timestep = 1;
    for (Index w = 0; w < 64; ++w) {
      RandomSequence random(RandomStream::named(seed, {"walkers"}), static_cast<std::uint32_t>(w));
      double x = random.normal();
      for (Index f = 0; f < 600; ++f) {
        walkers->at(f, w) = static_cast<float>(x);
        x = memory * x + std::sqrt(1 - memory * memory) * random.normal();
      }
    }
    const FreeEnergy result =
        estimate_with("{type: markov_state_model, timescales: 2, replicates: 30}", {{walkers, nullptr}});
    REQUIRE(result.tables.size() == 2);
    const auto& first = result.tables[1].rows.front();
    const double slow = -1 / std::log(memory);
    CHECK(std::get<double>(first[2]) == Approx(slow).epsilon(0.1));
    CHECK(std::get<double>(first[4]) == Approx(slow / 2).epsilon(0.15));
    for (const auto& row : result.tables[1].rows)
      if (std::get<double>(row[0]) >= 8) {
        REQUIRE(std::holds_alternative<std::string>(row[4]));
        CHECK_THAT(std::get<std::string>(row[4]), Catch::StartsWith("below"));
      }
  }
}
