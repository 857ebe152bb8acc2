// SPDX-License-Identifier: MIT
// Distances of distribution functions, coordinate by coordinate.
#pragma once

#include <memory>
#include <vector>

#include "sorted_line.hpp"

namespace liftwell {

/// One distance of each coordinate, of the kind that `Measure` (a member of SortedLine) is.
template <auto Measure>
class CoordinateDistance final : public SampleDistance {
 public:
  [[nodiscard]] std::unique_ptr<PooledSample> pool(const Matrix& states) const override {
    return std::make_unique<Lines>(states);
  }

 private:
  class Lines final : public PooledSample {
   public:
    explicit Lines(const Matrix& states) {
      for (Index c = 0; c < states.cols(); ++c) lines_.emplace_back(states.col(c));
    }
    [[nodiscard]] Matrix distances(const std::vector<Division>& divisions) const override {
      Matrix out(static_cast<Index>(lines_.size()), static_cast<Index>(divisions.size()));
      for (Index c = 0; c < out.rows(); ++c)
        for (Index p = 0; p < out.cols(); ++p)
          out(c, p) = (lines_[static_cast<std::size_t>(c)].*Measure)(divisions[static_cast<std::size_t>(p)]);
      return out;
    }

   private:
    std::vector<SortedLine> lines_;
  };
};

}  // namespace liftwell
