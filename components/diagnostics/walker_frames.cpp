// SPDX-License-Identifier: MIT
#include "walker_frames.hpp"

#include <algorithm>
#include <limits>

#include "liftwell/families/chain_statistics.hpp"

namespace liftwell {

void EvenlyKept::add(const float* state, Index dimension) {
  if (seen_++ % every_ != 0) return;
  numbers_.insert(numbers_.end(), state, state + dimension);
  const auto row = static_cast<std::ptrdiff_t>(dimension);
  const std::ptrdiff_t kept = std::ssize(numbers_) / row;
  if (kept <= 2 * static_cast<std::ptrdiff_t>(most_)) return;
  for (std::ptrdiff_t i = 1; 2 * i < kept; ++i)
    std::copy_n(numbers_.begin() + 2 * i * row, row, numbers_.begin() + i * row);
  numbers_.resize(static_cast<std::size_t>((kept + 1) / 2 * row));
  every_ *= 2;
}

void FramesOfWalkers::add(const EvenlyKept& walker) {
  if (!walker.numbers().empty()) gathered_.push_back(walker.numbers());
}

void FramesOfWalkers::finish() {
  const Index dimension = states.cols();
  Index rows = 0;
  for (const auto& numbers : gathered_) {
    lengths_.push_back(std::ssize(numbers) / dimension);
    rows += lengths_.back();
  }
  states.resize(rows, dimension);
  rows = 0;
  for (std::size_t w = 0; w < gathered_.size(); ++w) {
    states.middleRows(rows, lengths_[w]) =
        Eigen::Map<const FloatMatrix>(gathered_[w].data(), lengths_[w], dimension).cast<double>();
    rows += lengths_[w];
  }
  gathered_.clear();
}

double FramesOfWalkers::spacing(Index c) const {
  std::vector<Vector> chains;
  Index first = 0;
  for (const Index length : lengths_) {
    chains.emplace_back(states.col(c).segment(first, length));
    first += length;
  }
  const ChainStatistics statistics = chain_statistics(chains);
  if (statistics.effective_size == 0) return std::numeric_limits<double>::infinity();
  return 2 * statistics.statistical_inefficiency - 1;
}

double FramesOfWalkers::slowest() const {
  double out = 1;
  for (Index c = 0; c < states.cols(); ++c) out = std::max(out, spacing(c));
  return out;
}

std::vector<Index> FramesOfWalkers::independent(double spacing, RandomSequence random) const {
  std::vector<Index> out;
  Index first = 0;
  for (const Index length : lengths_) {
    const auto frames = static_cast<double>(length);
    for (double at = random.uniform() * std::min(spacing, frames); at < frames; at += spacing)
      out.push_back(first + std::min(static_cast<Index>(at), length - 1));
    first += length;
  }
  return out;
}

}  // namespace liftwell
