// SPDX-License-Identifier: MIT
// From a graph of formulas to instructions on registers.
#include <algorithm>
#include <map>

#include "liftwell/base/error.hpp"
#include "liftwell/data/lane_program.hpp"

namespace liftwell {

/// In three passes: which products are taken up by a sum, which nodes the written outputs need, and which
/// register each of those gets. The first pass looks at all outputs, so that a value does not depend on
/// which of the others are written.
class LaneProgramWriter {
 public:
  LaneProgramWriter(const ExpressionGraph& graph, const std::vector<NodeId>& outputs, std::size_t written,
                    LaneProgram& program)
      : graph_(graph),
        outputs_(outputs),
        written_(written),
        program_(program),
        needed_(count(), false),
        places_(count(), -1),
        last_use_(count(), -1) {}

  void write() {
    take_up_products();
    find_needed();
    number_inputs_and_outputs();
    write_instructions();
  }

 private:
  using Code = LaneProgram::Code;
  using Instruction = LaneProgram::Instruction;

  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(graph_.size()); }
  static std::size_t at(NodeId id) { return static_cast<std::size_t>(id); }
  [[nodiscard]] bool is_input(NodeId id) const {
    const Operation operation = graph_.node(id).operation;
    return operation == Operation::constant || operation == Operation::coordinate;
  }

  void take_up_products() {
    std::vector<int> uses(count(), 0);
    std::vector<bool> reached(count(), false);
    for (const NodeId output : outputs_) {
      reached[at(output)] = true;
      ++uses[at(output)];
    }
    for (NodeId id = graph_.size() - 1; id >= 0; --id) {
      if (!reached[at(id)] || is_input(id)) continue;
      for (const NodeId operand : {graph_.node(id).first, graph_.node(id).second}) {
        if (operand < 0) continue;
        reached[at(operand)] = true;
        ++uses[at(operand)];
      }
    }
    codes_.assign(count(), Instruction{});
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!reached[at(id)] || is_input(id)) continue;
      const auto& node = graph_.node(id);
      const auto product = [&](NodeId operand) {
        return graph_.node(operand).operation == Operation::multiply && uses[at(operand)] == 1;
      };
      const auto fuse = [&](Code code, NodeId taken, NodeId other) {
        return Instruction{code, node.operation, -1, {graph_.node(taken).first, graph_.node(taken).second, other}};
      };
      Instruction& instruction = codes_[at(id)];
      if (node.operation == Operation::add && product(node.first))
        instruction = fuse(Code::multiply_add, node.first, node.second);
      else if (node.operation == Operation::add && product(node.second))
        instruction = fuse(Code::multiply_add, node.second, node.first);
      else if (node.operation == Operation::subtract && product(node.second))
        instruction = fuse(Code::subtract_product, node.second, node.first);
      else if (node.operation == Operation::subtract && product(node.first))
        instruction = fuse(Code::multiply_subtract, node.first, node.second);
      else
        instruction = {Code::plain, node.operation, -1, {node.first, node.second, -1}};
    }
  }

  void find_needed() {
    for (std::size_t i = 0; i < written_; ++i) needed_[at(outputs_[i])] = true;
    for (NodeId id = graph_.size() - 1; id >= 0; --id) {
      if (!needed_[at(id)] || is_input(id)) continue;
      for (const NodeId operand : codes_[at(id)].in) {
        if (operand < 0) continue;
        if (!needed_[at(operand)]) last_use_[at(operand)] = id;  // seen from the end, the first is the last
        needed_[at(operand)] = true;
      }
    }
  }

  void number_inputs_and_outputs() {
    program_.coordinates_ = graph_.coordinates();
    program_.outputs_ = static_cast<Index>(written_);
    std::vector<double> constants;
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!needed_[at(id)]) continue;
      const auto& node = graph_.node(id);
      if (node.operation == Operation::coordinate) places_[at(id)] = node.first;
      if (node.operation != Operation::constant) continue;
      places_[at(id)] = static_cast<std::int32_t>(graph_.coordinates()) + static_cast<std::int32_t>(constants.size());
      constants.push_back(node.value);
    }
    program_.constants_.resize(static_cast<Index>(constants.size()), lane_multiple);
    for (std::size_t c = 0; c < constants.size(); ++c)
      program_.constants_.block().row(static_cast<Index>(c)).setConstant(constants[c]);
    first_output_ = static_cast<std::int32_t>(graph_.coordinates()) + static_cast<std::int32_t>(constants.size());
    for (std::size_t i = 0; i < written_; ++i) {
      std::int32_t& place = places_[at(outputs_[i])];
      if (place < 0) place = first_output_ + static_cast<std::int32_t>(i);
    }
  }

  void write_instructions() {
    const std::int32_t first_intermediate = first_output_ + static_cast<std::int32_t>(written_);
    std::vector<std::int32_t> idle;  // registers whose value nobody needs any more
    std::int32_t next = first_intermediate;
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!needed_[at(id)] || is_input(id)) continue;
      Instruction instruction = codes_[at(id)];
      for (std::int32_t& operand : instruction.in) {
        if (operand < 0) continue;
        const NodeId node = operand;
        operand = places_[at(node)];
        // An operand that stands twice in one instruction is given back once.
        if (operand >= first_intermediate && last_use_[at(node)] == id &&
            std::find(idle.begin(), idle.end(), operand) == idle.end())
          idle.push_back(operand);
      }
      std::int32_t& place = places_[at(id)];
      if (place < 0 && !idle.empty()) {
        place = idle.back();
        idle.pop_back();
      } else if (place < 0) {
        place = next++;
      }
      instruction.out = place;
      program_.instructions_.push_back(instruction);
    }
    for (std::size_t i = 0; i < written_; ++i) {
      const std::int32_t wanted = first_output_ + static_cast<std::int32_t>(i);
      if (places_[at(outputs_[i])] != wanted)
        program_.instructions_.push_back({Code::copy, Operation::constant, wanted, {places_[at(outputs_[i])], -1, -1}});
    }
    program_.intermediates_ = next - first_intermediate;
  }

  const ExpressionGraph& graph_;
  const std::vector<NodeId>& outputs_;
  std::size_t written_;
  LaneProgram& program_;
  std::vector<bool> needed_;
  std::vector<Instruction> codes_;  ///< per node; operands are nodes
  std::vector<std::int32_t> places_;
  std::vector<NodeId> last_use_;
  std::int32_t first_output_ = 0;
};

LaneProgram::LaneProgram(const ExpressionGraph& graph, const std::vector<NodeId>& outputs, std::size_t written) {
  ensure(written <= outputs.size(), "a program writes more outputs than it has");
  LaneProgramWriter(graph, outputs, written, *this).write();
}

}  // namespace liftwell
