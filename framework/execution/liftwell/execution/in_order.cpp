// SPDX-License-Identifier: MIT
#include "liftwell/execution/in_order.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace liftwell {

void for_each_in_order(std::size_t count, std::size_t width, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto serve = [&] {
    for (std::size_t item = next++; item < count; item = next++) work(item);
  };
  std::vector<std::jthread> threads;
  for (std::size_t t = 1; t < std::min(width, count); ++t) threads.emplace_back(serve);
  serve();
}

}  // namespace liftwell
