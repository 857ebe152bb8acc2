// SPDX-License-Identifier: MIT
// Laws of every registered score model, however it comes to its score.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "liftwell/base/error.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/hdf5.hpp"
#include "support/temporary_folder.hpp"

namespace liftwell {
namespace {

const RandomStream stream = RandomStream::named(3, {"score model contract"});

/// Recipes by name: the example of the declaration, or something quicker to train.
std::map<std::string, std::unique_ptr<ScoreModel>> recipes() {
  const std::map<std::string, std::string> quicker{
      {"denoising",
       "{type: denoising, noise: {type: variance_exploding}, network: {type: residual_mlp, width: 8, depth: 2}, "
       "condition: {type: coordinate, index: 0}, label_noise: 0.1, torchscript: false, training: {steps: 5, batch: "
       "32}}"}};
  std::map<std::string, std::unique_ptr<ScoreModel>> out;
  for (const std::string& name : Registry::global().names("score_model")) {
    const auto found = quicker.find(name);
    const std::string yaml =
        found == quicker.end() ? Registry::global().find("score_model", name)->example : found->second;
    out.emplace(name, build<ScoreModel>(*configure("score_model", yaml)));
  }
  return out;
}

/// States in the plane, labelled with their first coordinate.
TrainingData data_for(const ScoreModel& recipe) {
  constexpr Index count = 300;
  TrainingData data;
  data.coarse = recipe.condition().names();
  data.states.resize(count, 2);
  data.labels.resize(count, 1);
  data.label_noise = FloatMatrix::Constant(count, 1, static_cast<float>(recipe.label_noise(1)[0]));
  RandomSequence random(RandomStream::named(4, {"contract data"}), 0);
  for (Index i = 0; i < count; ++i) {
    const double x = random.normal();
    data.states.row(i) << static_cast<float>(x), static_cast<float>(0.5 * x + random.normal());
    data.labels(i, 0) = data.states(i, 0);
  }
  return data;
}

void train(const ScoreModel& recipe, const std::filesystem::path& folder) {
  const Executor executor(1);
  auto training = recipe.start_training(data_for(recipe), stream, executor);
  CHECK(training->advance([](const TrainingProgress&) { return false; }));
  std::filesystem::create_directories(folder);
  training->write_model(folder);
}

Matrix some_labels(Index count) {
  Matrix out(count, 1);
  // Equal ones beside each other and single ones.
  for (Index i = 0; i < count; ++i) out(i, 0) = 0.01 * static_cast<double>(i < 40 ? 7 : i) - 0.7;
  return out;
}

Matrix draw(const TrainedScoreModel& model, const Matrix& labels, std::uint32_t first, int threads,
            const std::string& how = "{type: heun, steps: 4}") {
  const Executor executor(threads);
  std::int64_t evaluations = 0;
  return model.draw(*build<Sampler>(*configure("sampler", how)), labels, stream, first, executor, evaluations);
}

std::string message(const std::function<void()>& work) {
  try {
    work();
    return "nothing was thrown";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("Draws of every score model do not depend on threads or on how rows are split", "[unit][contract]") {
  for (const auto& [name, recipe] : recipes()) {
    INFO(name);
    const testing::TemporaryFolder folder;
    train(*recipe, folder.path());
    const auto model = recipe->load(folder.path());
    CHECK(model->dimension() == 2);
    CHECK(model->coarse() == recipe->condition().names());
    const Matrix labels = some_labels(150);
    for (const char* how : {"{type: heun, steps: 4}", "{type: euler_maruyama, steps: 6}",
                            "{type: dormand_prince, relative_tolerance: 1e-2, absolute_tolerance: 1e-2}"}) {
      INFO(how);
      const Matrix whole = draw(*model, labels, 3, 1, how);
      CHECK(whole.allFinite());
      CHECK(draw(*model, labels, 3, 2, how) == whole);
      CHECK(draw(*model, labels.topRows(51), 3, 2, how) == whole.topRows(51));
      CHECK(draw(*model, labels.bottomRows(99), 3 + 51, 1, how) == whole.bottomRows(99));
    }
  }
}

TEST_CASE("Densities of every score model do not depend on threads or on how rows are split", "[unit][contract]") {
  for (const auto& [name, recipe] : recipes()) {
    INFO(name);
    const testing::TemporaryFolder folder;
    train(*recipe, folder.path());
    const auto model = recipe->load(folder.path());
    const Matrix labels = some_labels(120);
    const Matrix states = draw(*model, labels, 0, 2);
    const auto method = build<Sampler>(*configure("sampler", "{type: heun, steps: 4}"));
    const auto density = [&](Index first, Index count, int threads) {
      const Executor executor(threads);
      std::int64_t evaluations = 0;
      return model
          ->log_density(*method->ode(), states.middleRows(first, count), labels.middleRows(first, count), {},
                        static_cast<std::uint32_t>(first), executor, evaluations)
          .value;
    };
    const Vector whole = density(0, 120, 1);
    CHECK(whole.allFinite());
    CHECK(density(0, 120, 2) == whole);
    CHECK(density(45, 75, 1) == whole.tail(75));
  }
}

TEST_CASE("A score model that is trained twice, stopped in between or not, is the same file and the same draws",
          "[unit][contract]") {
  for (const auto& [name, recipe] : recipes()) {
    INFO(name);
    const testing::TemporaryFolder folder;
    train(*recipe, folder / "whole");
    const Executor executor(2);
    auto first = recipe->start_training(data_for(*recipe), stream, executor);
    (void)first->advance([](const TrainingProgress& p) { return p.step == 2; });
    first->save_checkpoint(folder / "checkpoint.h5");
    auto second = recipe->start_training(data_for(*recipe), stream, executor);
    second->load_checkpoint(folder / "checkpoint.h5");
    CHECK(second->advance([](const TrainingProgress&) { return false; }));
    std::filesystem::create_directories(folder / "parts");
    second->write_model(folder / "parts");
    CHECK(sha256_of(folder / "whole/model.h5") == sha256_of(folder / "parts/model.h5"));
    const Matrix labels = some_labels(20);
    CHECK(draw(*recipe->load(folder / "whole"), labels, 0, 1) == draw(*recipe->load(folder / "parts"), labels, 0, 1));
    Hdf5Writer other(folder / "other.h5");
    other.attribute("format", "something else");
    other.save();
    CHECK_THROWS_AS(second->load_checkpoint(folder / "other.h5"), StorageError);
  }
}

TEST_CASE("Every score model refuses labels that are not its own", "[unit][contract]") {
  for (const auto& [name, recipe] : recipes()) {
    INFO(name);
    const testing::TemporaryFolder folder;
    train(*recipe, folder.path());
    const auto model = recipe->load(folder.path());
    CHECK_THAT(message([&] { (void)draw(*model, Matrix::Zero(3, 2), 0, 1); }), Catch::Contains("labels of 2 numbers"));
    CHECK_THAT(message([&] { (void)draw(*model, Matrix::Constant(3, 1, std::nan("")), 0, 1); }),
               Catch::Contains("not finite"));
    CHECK_FALSE(recipe->misfit(0).empty());
    CHECK(recipe->misfit(2).empty());
  }
}

// Bytes changed all over the file: HDF5 does not look at all of them, so a file may also be as good as before.
TEST_CASE("A damaged file of every score model is refused in one line, or as good as before", "[unit][contract]") {
  for (const auto& [name, recipe] : recipes()) {
    INFO(name);
    const testing::TemporaryFolder folder;
    train(*recipe, folder.path());
    const auto file = folder / "model.h5";
    const std::string good = read_file(file);
    const Matrix labels = some_labels(4);
    const Matrix before = draw(*recipe->load(folder.path()), labels, 0, 1);
    const auto load = [&] {
      try {
        (void)recipe->load(folder.path());
        return std::string("nothing was thrown");
      } catch (const StorageError& error) {
        return std::string(error.what());
      }
    };
    int refused = 0;
    for (std::size_t part = 0; part < 64; ++part) {
      std::string bad = good;
      bad[part * bad.size() / 64] = static_cast<char>(bad[part * bad.size() / 64] ^ 0x10);
      write_file(file, bad);
      const std::string text = load();
      INFO(part << ": " << text);
      CHECK(text.find('\n') == std::string::npos);
      if (text == "nothing was thrown")
        CHECK(draw(*recipe->load(folder.path()), labels, 0, 1) == before);
      else
        ++refused;
    }
    CHECK(refused > 0);
    write_file(file, std::string_view(good).substr(0, good.size() / 2));
    CHECK_THAT(load(), Catch::Contains("model.h5"));
    write_file(file, "not a model");
    CHECK_THAT(load(), Catch::Contains("model.h5"));
    Hdf5Writer other(file);
    other.attribute("format", "liftwell something else");
    other.save();
    CHECK_THAT(load(), Catch::Contains("is a 'liftwell something else'") && Catch::Contains("train the model again"));
  }
}

}  // namespace liftwell
