// SPDX-License-Identifier: MIT
// TRAM against its equations as printed, against MBAR, and on a lattice whose truth is exact.
#include <catch2/catch.hpp>

#include "estimators/local_equilibrium.hpp"
#include "estimators/tram_equations.hpp"
#include "harmonic_windows.hpp"
#include "two_branches.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

std::string tram(const std::string& cells = "", const std::string& more = "") {
  return "{type: tram, cells: {further: {type: coordinate, index: 1}, further_widths: 1" + cells + "}" + more + "}";
}

}  // namespace

TEST_CASE("TRAM solves the equations as they are printed", "[unit]") {
  // Eqs. 15 to 17 of the paper, R by its own formula. Fails when the biases of cells are left at their first average
  // (sums off from 1), and when R is taken for N (the second sum).
  const auto data = TwoBranches{}.data(4, 120, 1, 2, 1);
  const CoarseMap coarse = axes({0});
  const Executor executor(1);
  const EstimationRequest request{.data = data,
                                  .coarse = coarse,
                                  .grid = {Vector::Constant(1, -0.5), Vector::Constant(1, 11.5), {4}},
                                  .differences = {},
                                  .thermal_energy = 1,
                                  .stream = RandomStream::named(1, {"bootstrap"}),
                                  .executor = executor};
  const MarkovData markov(request, {});
  const CellModel& model = *markov.model;
  const Vector ones = Vector::Ones(static_cast<Index>(markov.frames.block_state.size()));
  const TramSolution solution = TramEquations(model, executor).solve(ones, 1e-10, 100, executor);
  REQUIRE(solution.outcome.converged);
  CHECK(solution.outcome.steps < 20);

  const auto nodes = static_cast<Index>(model.nodes().size());
  Vector f = solution.bias;
  for (Index node = 0; node < nodes; ++node)
    f[node] += solution.discrete.f[model.nodes()[static_cast<std::size_t>(node)].cell];
  REQUIRE(nodes > 20);
  Vector sums = Vector::Zero(nodes), r = sums;
  for (Index n = 0; n < markov.frames.size(); ++n)
    for (Index node = 0; node < nodes; ++node) {
      const CellNode& it = model.nodes()[static_cast<std::size_t>(node)];
      const auto at = static_cast<std::size_t>(n);
      const auto& members = model.samples(it.cell);
      if (it.state == markov.frames.state[at] && std::find(members.begin(), members.end(), n) != members.end())
        r[node] += 1;  // N
    }
  for (std::size_t t = 0; t < model.transitions().size(); ++t) {
    const StateTransitions& own = model.transitions()[t];
    const Vector v = solution.discrete.log_v[t].array().exp();
    for (std::size_t i = 0; i < own.nodes.size(); ++i) sums[own.nodes[i]] += self_count / v[static_cast<Index>(i)];
    for (const auto& entry : own.entries) {
      const PairCount& pair = own.pairs[static_cast<std::size_t>(entry.pair)];
      const Index from = entry.from, to = from == pair.i ? pair.j : pair.i;
      const Index a = own.nodes[static_cast<std::size_t>(from)], b = own.nodes[static_cast<std::size_t>(to)];
      const double ratio = std::exp(f[b] - f[a]);  // e^{f_to − f_from}
      sums[a] += entry.count / (ratio * v[to] + v[from]);
      sums[b] += entry.count / (v[from] / ratio + v[to]);
      r[a] += entry.count * v[to] / (v[to] + v[from] / ratio);
      r[b] += entry.count * v[from] / (v[from] + v[to] * ratio);
      r[b] -= entry.count;
    }
  }
  for (Index node = 0; node < nodes; ++node) CHECK(sums[node] == Approx(1).margin(1e-6));
  for (Index node = 0; node < nodes; ++node) {
    const CellNode& it = model.nodes()[static_cast<std::size_t>(node)];
    double sum = 0;
    for (const Index n : model.samples(it.cell)) {
      double below = 0, own = 0;
      for (const Index other : model.nodes_of(it.cell)) {
        const Index state = model.nodes()[static_cast<std::size_t>(other)].state;
        const double away = markov.frames.bias_coarse[0](n, 0) - static_cast<double>(state);
        const double boltzmann = std::exp(f[other] - away * away / 2);
        below += r[other] * boltzmann;
        if (other == node) own = boltzmann;
      }
      sum += own / below;
    }
    CHECK(sum == Approx(1).margin(1e-5));
  }
}

TEST_CASE("TRAM weighs two branches right that walkers were started on with wrong weights", "[statistics]") {
  // Cells three places wide, so that the bias varies by several kT within one: dTRAM is wrong there. Fixed seed, 4
  // standard errors; pooled MBAR on the same frames is wrong by 1.4 kT.
  const auto data = TwoBranches{.rarity = 40}.data(16, 400, 1, 4, 1);
  const FreeEnergy result = estimate_branches(tram(", widths: 3"), data);
  const FreeEnergyDifference& right = result.differences[0];
  CHECK(right.standard_error < 0.5);
  CHECK(std::abs(right.value - TwoBranches::exact()) < 4 * right.standard_error);
  const FreeEnergy pooled = estimate_branches("{type: mbar}", data);
  CHECK(std::abs(pooled.differences[0].value - TwoBranches::exact()) > 1);
}

TEST_CASE("TRAM errors match the spread of repeats", "[statistics]") {
  // 25 repeats: the mean of z has standard error 0.2, that of z² about 0.3.
  const auto [mean, square] = branch_scores(tram("", ", replicates: 30"), 1, 25);
  CHECK(std::abs(mean) < 0.7);
  CHECK(square > 0.35);
  CHECK(square < 2.2);
}

TEST_CASE("TRAM agrees with MBAR on independent frames of windows in equilibrium", "[statistics]") {
  // Fails when the biases of cells are left at their first average.
  const HarmonicWindows windows{.centres = {-2, -1, 0, 1, 2, 3}, .frames = 400};
  const auto data = windows.request_data(3);
  const FreeEnergy local = estimate_with("{type: tram, cells: {widths: 0.5}}", data);
  const FreeEnergy mbar = estimate_with("{type: mbar}", data);
  CHECK(local.differences[0].value ==
        Approx(mbar.differences[0].value).margin(0.5 * mbar.differences[0].standard_error));
  CHECK(local.differences[0].standard_error == Approx(mbar.differences[0].standard_error).epsilon(0.3));
}

TEST_CASE("TRAM leaves open what no walker connects, and says so", "[unit]") {
  const auto data = TwoBranches{.rarity = 1e12}.data(8, 100, 1, 4, 2);
  const FreeEnergy result = estimate_branches(tram(), data);
  CHECK(std::isnan(result.differences[0].value));
  REQUIRE_FALSE(result.notes.empty());
  CHECK_THAT(result.notes[0], Catch::Contains("the cells do not connect"));
}

// A region was refused where a tenth of the set left out lay in it: narrow ones, full of its frames, were answered from
// the few of the other set, by up to 95 errors off.
TEST_CASE("A narrow region that sets of cells share is not answered from one of them", "[unit]") {
  const auto data = TwoBranches{.rarity = 1e12}.data(8, 400, 1, 4, 2);
  for (const std::string& estimator : {tram(), std::string("{type: dtram, cells: {widths: 1, further: {type: "
                                                           "coordinate, index: 1}, further_widths: 1}}")}) {
    INFO(estimator);
    const FreeEnergy result = estimate_branches(estimator, data, 2, {{"ends", 0, 10.5, 99, -99, 0.5}});
    CHECK(std::isnan(result.differences[0].value));
    CHECK(std::any_of(result.notes.begin(), result.notes.end(), [](const std::string& note) {
      return note.starts_with("difference 'ends': not answered, because");
    }));
  }
}

TEST_CASE("Each set of cells that nothing connects has a free energy of its own", "[statistics]") {
  // No walker changes branch: within each F is known but for a constant.
  const auto data = TwoBranches{.rarity = 1e12}.data(8, 400, 1, 4, 2);
  for (const std::string& estimator : {tram(), std::string("{type: dtram, cells: {widths: 1, further: {type: "
                                                           "coordinate, index: 1}, further_widths: 1}}")}) {
    INFO(estimator);
    const FreeEnergy result = estimate_branches(estimator, data);
    const auto group = std::find_if(result.tables.begin(), result.tables.end(), [](const Table& table) {
      return table.title == "Free energy of groups that nothing connects, each from its own minimum";
    });
    REQUIRE(group != result.tables.end());
    // F of a branch is 0.8 a step, up in one and down in the other.
    std::map<std::string, std::vector<std::pair<double, double>>> sets;
    for (const auto& row : group->rows)
      sets[std::get<std::string>(row[0])].emplace_back(std::get<double>(row[1]), std::get<double>(row[2]));
    REQUIRE(sets.size() == 2);
    double slopes = 1;
    for (const auto& [name, profile] : sets) {
      INFO(name);
      CHECK_THAT(name, Catch::StartsWith("the cells about"));
      CHECK(profile.size() > 10);
      const double slope =
          (profile.back().second - profile.front().second) / (profile.back().first - profile.front().first);
      CHECK(std::abs(slope) == Approx(0.8).margin(0.05));
      slopes *= slope;
    }
    CHECK(slopes < 0);
  }
}

TEST_CASE("Cells connect where walkers go there and back over twice the lag time too", "[unit]") {
  // A walker in cells 0, 1, 2, 3 that jumps to and fro about the border of 1 and 2 once, on its way down for good.
  // One frame apart 1 and 2 look connected; two frames apart nothing comes back.
  SampledFrames frames;
  Cells cells;
  for (const Index cell : {0, 1, 0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 2, 3}) {
    frames.state.push_back(0);
    frames.block.push_back(0);
    cells.of.push_back(cell);
  }
  frames.coarse = Matrix::Zero(14, 1);
  cells.count = 4;
  frames.walkers = {{0, 14, 1.0}};
  const auto once = count_transitions(frames, cells, {1}), twice = count_transitions(frames, cells, {2});
  CHECK(connect(cells, once).frames == std::vector<Index>{14});
  CHECK(connect(cells, once, twice).frames.size() > 1);
  const Connectivity connected = connect(cells, once, twice);
  CHECK(connected.set[0] != connected.set[3]);
}

TEST_CASE("Cells do not connect by the way of a single block", "[unit]") {
  // Walkers that all go from 0 to 1 for good, but for the first `back` of them, which return.
  const auto sets = [](int back) {
    SampledFrames frames;
    Cells cells;
    for (Index walker = 0; walker < 6; ++walker) {
      frames.walkers.push_back({frames.size(), 6, 1.0});
      for (const Index cell : {0, 0, 1, 1, walker < back ? 0 : 1, walker < back ? 0 : 1}) {
        frames.state.push_back(0);
        frames.block.push_back(walker);
        cells.of.push_back(cell);
      }
    }
    frames.coarse = Matrix::Zero(36, 1);
    cells.count = 2;
    return connect(cells, count_transitions(frames, cells, {1, 1, 1, 1, 1, 1})).frames.size();
  };
  CHECK(sets(1) == 2);
  CHECK(sets(2) == 1);
}
