// SPDX-License-Identifier: MIT
// The engine's side of a running stage.
#pragma once

#include <functional>

#include "liftwell/pipeline/engine.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"

namespace liftwell {

class RunningStage final : public StageContext {
 public:
  using FindInputs = std::function<std::vector<std::filesystem::path>(const StageReference&)>;
  RunningStage(Engine& engine, const StageSpec& spec, int cycle, std::filesystem::path folder, FindInputs find_inputs);

  [[nodiscard]] const std::string& stage() const override { return record_.stage; }
  [[nodiscard]] int cycle() const override { return record_.cycle; }
  [[nodiscard]] const Executor& executor() const override { return engine_.executor_; }
  [[nodiscard]] RandomStream stream(std::string_view purpose) const override;
  [[nodiscard]] const std::filesystem::path& folder() const override { return folder_; }
  [[nodiscard]] std::vector<std::filesystem::path> inputs(const std::vector<StageReference>& references) const override;
  [[nodiscard]] std::shared_ptr<const Configured> restore(std::string_view family,
                                                          const std::string& yaml) const override;
  [[nodiscard]] std::string resolved_yaml(const Configured& configured) const override;
  void progress(double done, double planned, std::string_view unit) override;
  [[nodiscard]] bool stop_requested() const override { return engine_.stop_; }
  [[noreturn]] void interrupted() const override;
  void warn(std::string message) override;
  [[nodiscard]] std::string unit(std::string_view dimension) const override;
  [[nodiscard]] std::string unit_of_variable(const std::string& name) const override;
  void show(const Table& table) override;
  nlohmann::json& facts() override { return record_.facts; }
  StageCounts& counts() override { return record_.counts; }

  [[nodiscard]] const StageRecord& record() const { return record_; }

 private:
  Engine& engine_;
  std::filesystem::path folder_;
  FindInputs find_inputs_;
  StageRecord record_;
};

}  // namespace liftwell
