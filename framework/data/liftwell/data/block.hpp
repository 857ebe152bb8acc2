// SPDX-License-Identifier: MIT
// Coordinates of a tile of walkers, stored coordinate by coordinate so that SIMD lanes are walkers.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <memory>
#include <new>
#include <type_traits>

namespace liftwell {

using Eigen::Index;

/// Tiles are padded to a multiple of this many walkers, so vector code needs no remainder loop and
/// a walker's numbers do not depend on its place in a batch.
inline constexpr Index lane_multiple = 8;

[[nodiscard]] constexpr Index padded(Index lanes) {
  return (lanes + lane_multiple - 1) / lane_multiple * lane_multiple;
}

using Row = Eigen::Map<Eigen::ArrayXd, Eigen::Aligned64>;
using ConstRow = Eigen::Map<const Eigen::ArrayXd, Eigen::Aligned64>;

/// A view of `rows` x `lanes` doubles: row r (a coordinate) of all lanes (walkers) is contiguous,
/// 64-byte aligned, and `lanes` is a multiple of lane_multiple. Does not own its memory.
template <class Scalar>
class BasicBlock {
 public:
  BasicBlock() = default;
  BasicBlock(Scalar* data, Index rows, Index lanes) : data_(data), rows_(rows), lanes_(lanes) {}
  template <class Other>
  requires std::is_const_v<Scalar> BasicBlock(const BasicBlock<Other>& other)
      : BasicBlock(other.data(), other.rows(), other.lanes()) {}

  [[nodiscard]] Scalar* data() const { return data_; }
  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index lanes() const { return lanes_; }
  [[nodiscard]] auto row(Index r) const {
    if constexpr (std::is_const_v<Scalar>)
      return ConstRow(data_ + r * lanes_, lanes_);
    else
      return Row(data_ + r * lanes_, lanes_);
  }
  [[nodiscard]] Scalar& operator()(Index r, Index lane) const { return data_[r * lanes_ + lane]; }
  /// All rows as one array of rows*lanes numbers.
  [[nodiscard]] auto flat() const {
    if constexpr (std::is_const_v<Scalar>)
      return ConstRow(data_, rows_ * lanes_);
    else
      return Row(data_, rows_ * lanes_);
  }

 private:
  Scalar* data_ = nullptr;
  Index rows_ = 0;
  Index lanes_ = 0;
};

using Block = BasicBlock<double>;
using ConstBlock = BasicBlock<const double>;

/// Owns the memory of a block; zero at first. Movable, not copyable.
class BlockBuffer {
 public:
  BlockBuffer() = default;
  BlockBuffer(Index rows, Index lanes) { resize(rows, lanes); }

  /// All zero afterwards; `lanes` is rounded up to lane_multiple.
  void resize(Index rows, Index lanes) {
    rows_ = rows;
    lanes_ = padded(lanes);
    const auto bytes = static_cast<std::size_t>(std::max<Index>(1, rows_ * lanes_)) * sizeof(double);
    storage_.reset(static_cast<double*>(::operator new(bytes, alignment)));
    std::fill_n(storage_.get(), rows_ * lanes_, 0.0);
  }
  [[nodiscard]] Block block() { return {storage_.get(), rows_, lanes_}; }
  [[nodiscard]] ConstBlock block() const { return {storage_.get(), rows_, lanes_}; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Release {
    void operator()(double* memory) const { ::operator delete(memory, alignment); }
  };
  std::unique_ptr<double, Release> storage_;
  Index rows_ = 0;
  Index lanes_ = 0;
};

}  // namespace liftwell
