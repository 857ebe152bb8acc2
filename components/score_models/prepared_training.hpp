// SPDX-License-Identifier: MIT
// The training of models that need none: there is only a model to write.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "liftwell/base/error.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/store/hdf5.hpp"

namespace liftwell {

class PreparedTraining final : public Training {
 public:
  /// `write` writes the model into a folder.
  explicit PreparedTraining(std::function<void(const std::filesystem::path&)> write) : write_(std::move(write)) {}

  bool advance(const std::function<bool(const TrainingProgress&)>&) override { return true; }
  void save_checkpoint(const std::filesystem::path& file) const override {
    Hdf5Writer out(file);
    out.attribute("format", format);
    out.save();
  }
  void load_checkpoint(const std::filesystem::path& file) override {
    const Hdf5Reader in(file);
    if (!in.has_attribute("format") || in.attribute("format") != format)
      throw StorageError(file.string() + " is no checkpoint of this training; delete it to train from the start");
  }
  void write_model(const std::filesystem::path& folder) const override { write_(folder); }
  [[nodiscard]] std::int64_t steps_done() const override { return 0; }
  [[nodiscard]] std::vector<TrainingProgress> history() const override { return {}; }

 private:
  static constexpr const char* format = "liftwell prepared training 1";
  std::function<void(const std::filesystem::path&)> write_;
};

}  // namespace liftwell
