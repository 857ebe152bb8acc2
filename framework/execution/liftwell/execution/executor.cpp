// SPDX-License-Identifier: MIT
#include "liftwell/execution/executor.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <exception>
#include <limits>
#include <mutex>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace liftwell {
namespace {

/// What happens before publish() happened before what follows see() of the same tag. TBB orders things so, but
/// ThreadSanitizer does not look into it and has to be told.
#ifdef __SANITIZE_THREAD__
void publish(char& tag) { __tsan_release(&tag); }
void see(char& tag) { __tsan_acquire(&tag); }
#else
void publish(char&) {}
void see(char&) {}
#endif

}  // namespace

struct Executor::Arena {
  explicit Arena(int threads) : arena(threads) {}
  mutable oneapi::tbb::task_arena arena;
};

Executor::Executor(int threads) : arena_(std::make_unique<Arena>(threads)) {}
Executor::~Executor() = default;

int Executor::threads() const { return arena_->arena.max_concurrency(); }

void Executor::for_each(Index count, const std::function<void(Index)>& work) const {
  std::mutex mutex;
  std::exception_ptr failure;
  Index failed_at = std::numeric_limits<Index>::max();
  char begun = 0, ended = 0;
  // Which failure is reported must not depend on timing, so every item runs and the lowest wins.
  const auto guarded = [&](Index i) {
    see(begun);
    try {
      work(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (i < failed_at) {
        failed_at = i;
        failure = std::current_exception();
      }
    }
    publish(ended);
  };
  publish(begun);
  arena_->arena.execute(
      [&] { oneapi::tbb::parallel_for(Index{0}, count, guarded, oneapi::tbb::simple_partitioner{}); });
  see(ended);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace liftwell
