// SPDX-License-Identifier: MIT
#include "liftwell/execution/in_order.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>
#include <vector>

using namespace liftwell;

TEST_CASE("every job runs once, and they begin in their order", "[unit]") {
  const std::size_t width = GENERATE(1U, 3U, 50U);
  std::mutex mutex;
  std::vector<std::size_t> begun;
  for_each_in_order(20, width, [&](std::size_t i) {
    const std::lock_guard lock(mutex);
    begun.push_back(i);
  });
  REQUIRE(begun.size() == 20);
  if (width == 1) CHECK(std::is_sorted(begun.begin(), begun.end()));
  std::sort(begun.begin(), begun.end());
  for (std::size_t i = 0; i < 20; ++i) CHECK(begun[i] == i);
}

TEST_CASE("no more jobs run at once than asked for", "[unit]") {
  std::atomic<int> running{0}, most{0};
  for_each_in_order(12, 2, [&](std::size_t) {
    const int now = ++running;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    --running;
  });
  CHECK(most <= 2);
}
