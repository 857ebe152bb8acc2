// SPDX-License-Identifier: MIT
// The only place that knows threads. Work is split by walker, window or sample, never by thread.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <memory>

namespace liftwell {

using Eigen::Index;

class Executor {
 public:
  explicit Executor(int threads);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  [[nodiscard]] int threads() const;
  /// Runs work(0) … work(count − 1), any order, any thread; returns when all are done and rethrows
  /// the exception of the lowest index that threw. May be nested.
  void for_each(Index count, const std::function<void(Index)>& work) const;

 private:
  struct Arena;
  std::unique_ptr<Arena> arena_;
};

}  // namespace liftwell
