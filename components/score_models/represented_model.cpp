// SPDX-License-Identifier: MIT
#include "represented_model.hpp"

#include <fmt/format.h>

#include <utility>

#include "liftwell/base/error.hpp"
#include "liftwell/store/hdf5.hpp"
#include "model_file.hpp"

namespace liftwell {
namespace {

constexpr const char* format_name = "liftwell representation";
constexpr const char* format_version = "1";

std::string fingerprint(const RepresentationData& data) {
  Fingerprint sum;
  sum.add(data.fitted);
  sum.add(data.held.data(), std::ssize(data.held));
  return sum.text();
}

class RepresentedTraining final : public Training {
 public:
  RepresentedTraining(std::unique_ptr<Training> training, RepresentationData data)
      : training_(std::move(training)), data_(std::move(data)) {}

  bool advance(const std::function<bool(const TrainingProgress&)>& pause) override { return training_->advance(pause); }
  void save_checkpoint(const std::filesystem::path& file) const override { training_->save_checkpoint(file); }
  void load_checkpoint(const std::filesystem::path& file) override { training_->load_checkpoint(file); }
  void write_model(const std::filesystem::path& folder) const override {
    training_->write_model(folder);
    data_.save(folder / "representation.h5");
  }
  [[nodiscard]] std::int64_t steps_done() const override { return training_->steps_done(); }
  [[nodiscard]] std::vector<TrainingProgress> history() const override { return training_->history(); }

 private:
  std::unique_ptr<Training> training_;
  RepresentationData data_;
};

class RepresentedModel final : public TrainedScoreModel {
 public:
  RepresentedModel(std::unique_ptr<TrainedScoreModel> model, std::unique_ptr<StateCoordinates> coordinates,
                   std::vector<Index> held)
      : model_(std::move(model)), coordinates_(std::move(coordinates)), held_(std::move(held)) {
    if (model_->dimension() != coordinates_->size())
      throw StorageError(
          fmt::format("the model is one of {} coordinates, its representation has {}; train it again or "
                      "restore its files",
                      model_->dimension(), coordinates_->size()));
  }

  [[nodiscard]] Index dimension() const override { return coordinates_->dimension(); }
  [[nodiscard]] Index coordinates() const override { return coordinates_->size(); }
  [[nodiscard]] const std::vector<std::string>& coarse() const override { return model_->coarse(); }
  [[nodiscard]] Index generated() const override { return model_->generated(); }
  [[nodiscard]] Matrix label_range() const override { return model_->label_range(); }
  [[nodiscard]] Vector log_volume(const Matrix& states) const override { return coordinates_->log_volume(states); }
  [[nodiscard]] std::string why_no_volume() const override { return coordinates_->why_no_volume(); }

  Matrix draw(const Sampler& sampler, const Matrix& labels, const RandomStream& stream, std::uint32_t first_sample,
              const Executor& executor, std::int64_t& score_evaluations) const override {
    Matrix drawn = model_->draw(sampler, labels, stream, first_sample, executor, score_evaluations);
    for (Index j = 0; j < drawn.cols(); ++j) fold(j, drawn);
    return coordinates_->states_of(drawn);
  }

  WeighedDraws draw_with_density(const OdeSampler& method, const Matrix& labels, const RandomStream& stream,
                                 std::uint32_t first_sample, const Divergence& divergence, const Executor& executor,
                                 std::int64_t& score_evaluations) const override {
    WeighedDraws out =
        model_->draw_with_density(method, labels, stream, first_sample, divergence, executor, score_evaluations);
    // Labels may be any number of turns away from the range of the coordinate that they are. Others are not folded: a
    // state has one place in q, whose density is asked for when it is to be left again.
    for (const Index j : held_) fold(j, out.states);
    out.states = coordinates_->states_of(out.states);
    return out;
  }

  LogDensity log_density(const OdeSampler& method, const Matrix& states, const Matrix& labels,
                         const Divergence& divergence, std::uint32_t first_sample, const Executor& executor,
                         std::int64_t& score_evaluations) const override {
    return model_->log_density(method, coordinates_->coordinates_of(states), labels, divergence, first_sample, executor,
                               score_evaluations);
  }

 private:
  void fold(Index j, Matrix& drawn) const {
    for (Index i = 0; i < drawn.rows(); ++i) drawn(i, j) = coordinates_->folded(j, drawn(i, j));
  }

  std::unique_ptr<TrainedScoreModel> model_;
  std::unique_ptr<StateCoordinates> coordinates_;
  std::vector<Index> held_;
};

}  // namespace

void RepresentationData::save(const std::filesystem::path& file) const {
  Hdf5Writer out(file);
  out.attribute("format", format_name);
  out.attribute("format_version", format_version);
  out.attribute("fingerprint", fingerprint(*this));
  out.array("fitted", fitted);
  if (!held.empty()) out.array("held", held);
  out.save();
}

RepresentationData RepresentationData::load(const std::filesystem::path& file) {
  const ModelFile opened(file, format_name, format_version);
  RepresentationData out;
  std::string written;
  opened.read([&](const Hdf5Reader& in) {
    out.fitted = in.matrix("fitted");
    if (in.has("held")) out.held = in.indices("held");
    written = in.attribute("fingerprint");
  });
  if (written != fingerprint(out)) throw opened.refusal("is damaged (its numbers have changed)");
  return out;
}

std::unique_ptr<Training> represented_training(std::unique_ptr<Training> training, RepresentationData data) {
  return std::make_unique<RepresentedTraining>(std::move(training), std::move(data));
}

std::unique_ptr<TrainedScoreModel> represented_model(std::unique_ptr<TrainedScoreModel> model,
                                                     std::unique_ptr<StateCoordinates> coordinates,
                                                     std::vector<Index> held) {
  return std::make_unique<RepresentedModel>(std::move(model), std::move(coordinates), std::move(held));
}

}  // namespace liftwell
