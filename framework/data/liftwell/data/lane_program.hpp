// SPDX-License-Identifier: MIT
// Evaluates formulas for all lanes of a tile.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "liftwell/data/block.hpp"
#include "liftwell/data/expression_graph.hpp"

namespace liftwell {

/// The formulas of a graph as a list of vector instructions. Each instruction is carried out for a run of
/// lanes before the next, so that what it costs to look it up is shared by them, and the numbers in between
/// stay in the nearest cache. Pure: const, thread-safe; a lane's results depend on that lane only.
class LaneProgram {
 public:
  LaneProgram() = default;
  /// Writes the first `written` of `outputs`, bit for bit as if it wrote all.
  LaneProgram(const ExpressionGraph& graph, const std::vector<NodeId>& outputs, std::size_t written);
  LaneProgram(const ExpressionGraph& graph, const std::vector<NodeId>& outputs)
      : LaneProgram(graph, outputs, outputs.size()) {}

  /// `x` is coordinates x lanes; each output is x.lanes() numbers, 64-byte aligned.
  void run(ConstBlock x, std::span<double* const> outputs) const;
  /// Output r is row r of `out`.
  void run(ConstBlock x, Block out) const;

 private:
  /// What an instruction does: an operation of the graph, or a product and a sum in one.
  enum class Code : std::uint8_t { copy, multiply_add, multiply_subtract, subtract_product, plain };
  struct Instruction {
    Code code = Code::plain;
    Operation operation = Operation::constant;
    std::int32_t out = -1;
    std::int32_t in[3] = {-1, -1, -1};
  };
  friend class LaneProgramWriter;
  struct Registers;
  static void carry_out(const Instruction& instruction, const Registers& registers, Index count);

  // Registers are numbered: coordinates, constants, outputs, then intermediate results.
  std::vector<Instruction> instructions_;
  BlockBuffer constants_;  ///< one row each, every lane the same
  Index coordinates_ = 0, outputs_ = 0, intermediates_ = 0;
};

}  // namespace liftwell
