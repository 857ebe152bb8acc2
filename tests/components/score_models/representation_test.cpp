// SPDX-License-Identifier: MIT
// Score models that learn internal coordinates: what they hold, what they keep, and that moves know the Jacobian.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "stages/correction.hpp"
#include "support/alanine_dipeptide.hpp"
#include "support/conformations.hpp"
#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"

namespace liftwell {
namespace {

using testing::make;

const std::string noise = "noise: {type: variance_exploding}";

/// Trained, written and loaded again.
std::unique_ptr<TrainedScoreModel> trained(const ScoreModel& recipe, const FloatMatrix& states,
                                           const std::filesystem::path& folder) {
  TrainingData data;
  data.states = states;
  data.labels = recipe.condition().values(states.data(), states.rows(), states.cols()).cast<float>();
  data.label_noise = FloatMatrix::Zero(states.rows(), data.labels.cols());
  data.coarse = recipe.condition().names();
  const Executor executor(1);
  const auto training = recipe.start_training(std::move(data), RandomStream::named(3, {"training"}), executor);
  training->advance([](const TrainingProgress&) { return false; });
  training->write_model(folder);
  return recipe.load(folder);
}

/// Alanine dipeptide with hydrogens on fixed bonds and trans amides.
struct Alanine {
  testing::ScratchFolder folder;
  std::string pdb = folder.write("ala.pdb", testing::alanine_dipeptide_pdb()).string();
  Structure structure = read_pdb(pdb);
  FloatMatrix data = testing::conformations(structure.topology, structure.frames, 600,
                                            {.noise = 0.003, .stiff = {{4, 6}, {14, 16}}, .hydrogen_length = 0.109})
                         .cast<float>();
  std::string phi = "{type: dihedral, of: phi(ALA 2), topology: " + pdb + "}";
  std::string representation =
      "representation: {type: internal_coordinates, topology: " + pdb + ", constraints: h_bonds}";

  Matrix drawn(const TrainedScoreModel& model, const Matrix& labels) const {
    const Executor executor(1);
    std::int64_t evaluations = 0;
    return model.draw(*make<Sampler>("{type: heun, steps: 12}"), labels, RandomStream::named(4, {"draws"}), 0, executor,
                      evaluations);
  }
};

double chirality(const Matrix& states, Index row) {
  const auto at = [&](Index atom) { return point(&states(row, 0), atom); };
  return dot(cross(at(6) - at(8), at(14) - at(8)), at(10) - at(8));
}

/// What every draw of a model of the peptide must be.
void check_draws(const Alanine& molecule, const TrainedScoreModel& model) {
  CHECK(model.dimension() == 66);
  CHECK(model.coordinates() == 48);
  CHECK(model.generated() == 47);
  CHECK(model.why_no_volume().empty());
  // Labels are any number of turns away.
  Matrix labels(40, 1);
  for (Index i = 0; i < 40; ++i) labels(i, 0) = -7 + 0.35 * static_cast<double>(i);
  const Matrix states = molecule.drawn(model, labels);
  REQUIRE(states.allFinite());
  const auto phi = make<CoarseVariable>(molecule.phi);
  for (Index i = 0; i < states.rows(); ++i) {
    const double value = testing::at(*phi, {&states(i, 0), &states(i, 0) + 66}).value;
    CHECK(std::abs(std::remainder(value - labels(i, 0), 2 * std::numbers::pi)) < 1e-11);
    CHECK(chirality(states, i) > 0.001);
    for (const auto& [light, heavy] : {std::pair{0, 1}, std::pair{9, 8}, std::pair{17, 16}})
      CHECK(norm(point(&states(i, 0), light) - point(&states(i, 0), heavy)) == Approx(0.109).margin(1e-7));
  }
}

}  // namespace

TEST_CASE("A kernel model of a peptide holds phi, chirality and fixed bonds", "[unit]") {
  const Alanine molecule;
  const auto recipe = make<ScoreModel>("{type: kernel, " + noise + ", condition: " + molecule.phi +
                                       ", conditioning: held, smoothing: 0.1, " + molecule.representation + "}");
  CHECK(recipe->misfit(66).empty());
  CHECK_THAT(recipe->misfit(69), Catch::Contains("22 atoms"));
  check_draws(molecule, *trained(*recipe, molecule.data, molecule.folder.path()));
}

TEST_CASE("A denoising model of a peptide holds phi, chirality and fixed bonds, and is what was saved", "[unit]") {
  const Alanine molecule;
  const auto recipe = make<ScoreModel>(
      "{type: denoising, " + noise +
      ", network: {type: residual_mlp, width: 32, depth: 1}, condition: " + molecule.phi +
      ", conditioning: held, training: {steps: 300, batch: 64}, torchscript: false, " + molecule.representation + "}");
  const auto model = trained(*recipe, molecule.data, molecule.folder.path());
  check_draws(molecule, *model);
  const Matrix labels = Matrix::Constant(3, 1, 1.0);
  CHECK(molecule.drawn(*recipe->load(molecule.folder.path()), labels) == molecule.drawn(*model, labels));

  const auto damaged = molecule.folder.path() / "representation.h5";
  std::filesystem::resize_file(damaged, std::filesystem::file_size(damaged) / 2);
  CHECK_THROWS_AS(recipe->load(molecule.folder.path()), StorageError);
  std::filesystem::remove(damaged);
  CHECK_THROWS_AS(recipe->load(molecule.folder.path()), StorageError);
}

TEST_CASE("What is no coordinate of the representation cannot be held, and periods are said once", "[unit]") {
  const Alanine molecule;
  const auto recipe = make<ScoreModel>("{type: kernel, " + noise +
                                       ", condition: {type: distance, atoms: [0, 20]}, conditioning: held, " +
                                       molecule.representation + "}");
  // Known before anything runs, and said again where somebody trains nevertheless.
  CHECK_THAT(recipe->misfit(66), Catch::Contains("'distance' cannot be held: it is none of the coordinates"));
  CHECK_THROWS_WITH(trained(*recipe, molecule.data, molecule.folder.path()),
                    Catch::Contains("'distance' cannot be held: it is none of the coordinates"));
  CHECK_THROWS_WITH(configure("score_model", "{type: denoising, " + noise +
                                                 ", network: {type: residual_mlp}, condition: " + molecule.phi +
                                                 ", state_periods: [0, 0], " + molecule.representation + "}"),
                    Catch::Contains("are those of the representation"));
}

// Three atoms with stiff bonds and no energy of the angle: in Cartesian space cos θ is uniform, E cos² θ = 1/3, and at
// a held distance of the first two the other bond has mean 1.0198 (r² exp(−50 (r−1)²)). The model has seen angles of
// uniform θ; without the Jacobian in the ratio E cos² θ is 1/2 and the mean 1. 1,200 chains: standard errors 0.0086 and
// 0.0029; four are allowed. Seen to fail so when log_volume is left out of the ratio (0.488 and 1.002).
TEST_CASE("Metropolis chains in internal coordinates are exact in Cartesian space", "[statistics]") {
  const testing::ScratchFolder folder;
  const auto recipe =
      make<ScoreModel>("{type: kernel, " + noise +
                       ", condition: {type: distance, atoms: [0, 1]}, conditioning: held, smoothing: 0.35, " +
                       "max_states: 120, representation: {type: internal_coordinates, bonds: [[0, 1], [1, 2]]}}");
  FloatMatrix data(400, 9);
  for (Index i = 0; i < data.rows(); ++i) {
    RandomSequence random(RandomStream::named(8, {"trimers"}), static_cast<std::uint32_t>(i));
    const double first = 1 + 0.1 * random.normal(), second = 1 + 0.12 * random.normal(),
                 theta = 0.1 + 2.94 * random.uniform(), turn = 6.3 * random.uniform();
    data.row(i) << static_cast<float>(first), 0, 0, 0, 0, 0, static_cast<float>(second * std::cos(theta)),
        static_cast<float>(second * std::sin(theta) * std::cos(turn)),
        static_cast<float>(second * std::sin(theta) * std::sin(turn));
  }
  const auto model = trained(*recipe, data, folder.path());
  REQUIRE(model->generated() == 2);
  const auto system = make<System>(
      "{potential: {type: expression, coordinates: [a, b, c, d, e, f, g, h, i], energy: \"50*(sqrt((a-d)^2+(b-e)^2+"
      "(c-f)^2)-1)^2 + 50*(sqrt((g-d)^2+(h-e)^2+(i-f)^2)-1)^2\"}, temperature: 1, integrator: {type: "
      "euler_maruyama, timestep: 0.001}}");
  const ExactLaw law(*system, nullptr);
  const auto sampler = make<Sampler>("{type: heun, steps: 12}");
  const Executor executor(1);
  std::int64_t evaluations = 0;
  constexpr Index chains = 1200;
  const Corrector corrector{
      *model,   *sampler->ode(), law, RandomStream::named(5, {"proposals"}), RandomStream::named(5, {"decisions"}),
      executor, evaluations};
  const CorrectedDraws out = corrector.run(Matrix::Constant(chains, 1, 1.05), 12, 0);
  double squares = 0, length = 0, accepted = 0;
  for (Index i = 0; i < chains; ++i) {
    const Point a = point(&out.states(i, 0), 0), b = point(&out.states(i, 0), 1), c = point(&out.states(i, 0), 2);
    CHECK(norm(a - b) == Approx(1.05).margin(1e-12));
    const double cosine = dot(a - b, c - b) / (norm(a - b) * norm(c - b));
    squares += cosine * cosine / chains;
    length += norm(c - b) / chains;
    accepted += static_cast<double>(out.accepted[static_cast<std::size_t>(i)]) / (12.0 * chains);
  }
  CHECK(accepted > 0.3);
  CHECK(squares == Approx(1.0 / 3).margin(4 * 0.0086));
  CHECK(length == Approx(1.0198).margin(4 * 0.0029));
}

}  // namespace liftwell
