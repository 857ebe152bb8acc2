// SPDX-License-Identifier: MIT
// The module that asks OpenMM for forces.
#include <OpenMM.h>
#include <fmt/format.h>
#include <openmm/internal/ContextImpl.h>
#include <openmm/reference/ReferencePlatform.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>
#include <sstream>

#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"
#include "openmm_engine.hpp"

namespace liftwell {
namespace {

/// Coordinates beyond this (nm) are an explosion; neighbour lists would take for ever to find that out.
constexpr double far_away = 1e6;
/// How many times faster than the Reference platform another must be before `auto` gives exact repetition up for it.
constexpr double worth_inexactness = 2;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Neither reading a System (whose numbers OpenMM turns from text in memory that all threads share) nor making a
/// context is safe in several threads at once, of whatever System.
std::mutex& one_opening_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

/// A context needs an integrator. This one never steps; it hands out what lies behind the context.
class NoSteps final : public OpenMM::Integrator {
 public:
  void step(int) override {}
  [[nodiscard]] OpenMM::ContextImpl& behind() const { return *context; }

 protected:
  void initialize(OpenMM::ContextImpl& made) override {
    context = &made;
    owner = &made.getOwner();
  }
  void cleanup() override {}
  std::vector<std::string> getKernelNames() override { return {}; }
  double computeKineticEnergy() override { return 0; }
};

/// What one thread at a time uses.
class Calculator {
 public:
  Calculator(const OpenMM::System& system, OpenMM::Platform& platform)
      : positions_(static_cast<std::size_t>(system.getNumParticles())),
        context_(system, steps_, platform, properties(platform)) {
    context_.setPositions(positions_);
    if (platform.getName() == "Reference")
      direct_ = static_cast<OpenMM::ReferencePlatform::PlatformData*>(steps_.behind().getPlatformData());
  }

  void evaluate(ConstBlock x, Index lane, double* energy, Block gradient) {
    // The Reference platform's own arrays: copies in and out of a State would cost a tenth of the forces.
    auto& positions = direct_ != nullptr ? *direct_->positions : positions_;
    bool ordinary = true;
    for (std::size_t atom = 0; atom < positions.size(); ++atom)
      for (int d = 0; d < 3; ++d) {
        positions[atom][d] = x(3 * static_cast<Index>(atom) + d, lane);
        ordinary = ordinary && std::abs(positions[atom][d]) < far_away;
      }
    double found = std::numeric_limits<double>::quiet_NaN();
    if (!ordinary || !forces(energy != nullptr, found)) {
      for (Index d = 0; d < gradient.rows(); ++d) gradient(d, lane) = std::numeric_limits<double>::quiet_NaN();
    } else {
      const auto& from = direct_ != nullptr ? *direct_->forces : state_.getForces();
      for (std::size_t atom = 0; atom < positions.size(); ++atom)
        for (int d = 0; d < 3; ++d) gradient(3 * static_cast<Index>(atom) + d, lane) = -from[atom][d];
    }
    if (energy != nullptr) energy[lane] = found;
  }

  Vector minimised(const Vector& state) {
    for (std::size_t atom = 0; atom < positions_.size(); ++atom)
      for (int d = 0; d < 3; ++d) positions_[atom][d] = state[3 * static_cast<Index>(atom) + d];
    require_apart();
    context_.setPositions(positions_);
    context_.applyConstraints(1e-8);
    constexpr int most_iterations = 10'000;
    OpenMM::LocalEnergyMinimizer::minimize(context_, 1.0, most_iterations);
    const auto at = context_.getState(OpenMM::State::Positions).getPositions();
    Vector out(state.size());
    for (std::size_t atom = 0; atom < at.size(); ++atom)
      for (int d = 0; d < 3; ++d) out[3 * static_cast<Index>(atom) + d] = at[atom][d];
    return out;
  }

 private:
  /// Walkers are what runs in parallel: threads inside a force would only be in each other's way.
  static std::map<std::string, std::string> properties(const OpenMM::Platform& platform) {
    if (platform.getName() == "CPU") return {{"Threads", "1"}};
    if (platform.getName() == "CUDA" || platform.getName() == "OpenCL") return {{"Precision", "mixed"}};
    return {};
  }

  /// Atoms in the same place have no direction to leave it in: OpenMM's minimiser would go on for ever.
  void require_apart() const {
    constexpr double same_place = 1e-3;  // nm
    for (std::size_t a = 0; a < positions_.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) {
        const OpenMM::Vec3 away = positions_[a] - positions_[b];
        if (away.dot(away) < same_place * same_place)
          throw InputError(
              fmt::format("atoms {} and {} (counted from 0) are in the same place, from where no minimisation leads; "
                          "move one of them",
                          b, a));
      }
  }

  /// False where positions are so bad that OpenMM refuses.
  bool forces(bool with_energy, double& energy) {
    if (direct_ != nullptr) {
      energy = steps_.behind().calcForcesAndEnergy(true, with_energy, -1);
      return true;
    }
    try {
      context_.setPositions(positions_);
      state_ = context_.getState(OpenMM::State::Forces | (with_energy ? OpenMM::State::Energy : 0));
    } catch (const OpenMM::OpenMMException&) {
      return false;
    }
    if (with_energy) energy = state_.getPotentialEnergy();
    return true;
  }

  std::vector<OpenMM::Vec3> positions_;
  NoSteps steps_;
  OpenMM::Context context_;
  OpenMM::State state_;
  OpenMM::ReferencePlatform::PlatformData* direct_ = nullptr;
};

class Engine final : public OpenMMEngine {
 public:
  explicit Engine(const OpenMMSetup& setup) {
    try {
      static std::once_flag plugins;
      std::call_once(
          plugins, [] { OpenMM::Platform::loadPluginsFromDirectory(OpenMM::Platform::getDefaultPluginsDirectory()); });
      std::istringstream text(read_file(setup.system));
      const std::lock_guard lock(one_opening_at_a_time());
      system_.reset(OpenMM::XmlSerializer::deserialize<OpenMM::System>(text));
    } catch (const std::exception& problem) {
      throw InputError(fmt::format("{}: OpenMM cannot read it: {}", setup.system.filename().string(), problem.what()));
    }
    setup.platform == "auto" ? measure(setup.state) : find(setup.platform);
  }

  void evaluate(ConstBlock x, Index walkers, double* energy, Block gradient) const override {
    std::unique_ptr<Calculator> calculator = take();
    for (Index lane = 0; lane < walkers; ++lane) calculator->evaluate(x, lane, energy, gradient);
    give_back(std::move(calculator));
  }

  [[nodiscard]] Vector minimised(const Vector& state) const override {
    std::unique_ptr<Calculator> calculator = take();
    Vector out = calculator->minimised(state);
    give_back(std::move(calculator));
    return out;
  }

  [[nodiscard]] std::string remark() const override { return remark_; }

 private:
  void find(const std::string& wanted) {
    std::string known;
    for (int i = 0; i < OpenMM::Platform::getNumPlatforms(); ++i) {
      OpenMM::Platform& platform = OpenMM::Platform::getPlatform(i);
      if (lower(platform.getName()) == wanted) platform_ = &platform;
      known += (i > 0 ? ", " : "") + lower(platform.getName());
    }
    if (platform_ == nullptr)
      throw InputError(fmt::format("platform {} is not in this OpenMM, which has {}", wanted, known));
    remark_ = "OpenMM platform " + platform_->getName();
  }

  void measure(const Vector& state) {
    std::string times;
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < OpenMM::Platform::getNumPlatforms(); ++i) {
      OpenMM::Platform& platform = OpenMM::Platform::getPlatform(i);
      const double seconds = time_of(platform, state);
      if (!std::isfinite(seconds)) continue;
      times += fmt::format("{}{} {:.3g} us", times.empty() ? "" : ", ", platform.getName(), 1e6 * seconds);
      const double cost = platform.getName() == "Reference" ? seconds / worth_inexactness : seconds;
      if (cost < best) {
        best = cost;
        platform_ = &platform;
      }
    }
    if (platform_ == nullptr)
      throw InputError("no platform of OpenMM can compute this System at the structure that was given");
    remark_ = fmt::format("OpenMM platform {} (a force of one walker: {})", platform_->getName(), times);
  }

  /// Seconds for one evaluation: the shortest of several, which other programs disturb least.
  [[nodiscard]] double time_of(OpenMM::Platform& platform, const Vector& state) const {
    using Clock = std::chrono::steady_clock;
    BlockBuffer x(state.size(), 1), gradient(state.size(), 1);
    for (Index d = 0; d < state.size(); ++d) x.block().row(d).setConstant(state[d]);
    double shortest = std::numeric_limits<double>::infinity();
    const std::lock_guard lock(one_opening_at_a_time());
    try {
      Calculator calculator(*system_, platform);
      calculator.evaluate(x.block(), 0, nullptr, gradient.block());
      const auto begin = Clock::now();
      for (int i = 0; i < 100 && Clock::now() - begin < std::chrono::milliseconds(200); ++i) {
        const auto before = Clock::now();
        calculator.evaluate(x.block(), 0, nullptr, gradient.block());
        shortest = std::min(shortest, std::chrono::duration<double>(Clock::now() - before).count());
      }
    } catch (const OpenMM::OpenMMException&) {
      // It lacks a kernel for one of the forces, or a device.
    }
    return shortest;
  }

  /// Making a context is slow: they are kept.
  [[nodiscard]] std::unique_ptr<Calculator> take() const {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Calculator> out = std::move(idle_.back());
        idle_.pop_back();
        return out;
      }
    }
    const std::lock_guard lock(one_opening_at_a_time());
    try {
      return std::make_unique<Calculator>(*system_, *platform_);
    } catch (const OpenMM::OpenMMException& problem) {
      throw InputError(
          fmt::format("OpenMM cannot use the System on platform {}: {}", platform_->getName(), problem.what()));
    }
  }
  void give_back(std::unique_ptr<Calculator> calculator) const {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(calculator));
  }

  std::unique_ptr<OpenMM::System> system_;
  OpenMM::Platform* platform_ = nullptr;
  std::string remark_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Calculator>> idle_;
};

}  // namespace
}  // namespace liftwell

extern "C" std::unique_ptr<liftwell::OpenMMEngine> liftwell_make_openmm_engine(const liftwell::OpenMMSetup& setup) {
  return std::make_unique<liftwell::Engine>(setup);
}
