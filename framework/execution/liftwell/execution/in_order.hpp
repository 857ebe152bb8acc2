// SPDX-License-Identifier: MIT
// Whole jobs side by side, begun in their order: what Executor does not promise.
#pragma once

#include <cstddef>
#include <functional>

namespace liftwell {

/// Runs work(0) … work(count − 1) on `width` threads; each takes the first that nobody has taken.
/// Returns when all are done. `work` may use an Executor of its own and must not throw.
void for_each_in_order(std::size_t count, std::size_t width, const std::function<void(std::size_t)>& work);

}  // namespace liftwell
