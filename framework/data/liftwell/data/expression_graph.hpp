// SPDX-License-Identifier: MIT
// Formulas as a graph that shares equal parts, and their exact derivatives.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "liftwell/data/block.hpp"

namespace liftwell {

enum class Operation : std::uint8_t {
  constant,
  coordinate,
  add,
  subtract,
  multiply,
  divide,
  minimum,
  maximum,
  less,  ///< 1 where the first operand is below the second, else 0
  negate,
  square_root,
  exponential,
  logarithm,
  sine,
  cosine,
  hyperbolic_sine,
  hyperbolic_tangent,
  arc_sine,
  arc_cosine,
  arc_tangent,
  absolute,
  sign,
};

/// Place of a node in its graph. Operands come before what is made of them.
using NodeId = std::int32_t;

/// Formulas of coordinates x_0 … x_{D-1}. Equal formulas are one node; constants are folded and gathered
/// where that is right to rounding (2 (3 x) is 6 x), so that sharing finds more and evaluation does less.
class ExpressionGraph {
 public:
  struct Node {
    Operation operation = Operation::constant;
    NodeId first = -1, second = -1;  ///< operands; of a coordinate, `first` is its number
    double value = 0;                ///< of a constant
    friend std::partial_ordering operator<=>(const Node&, const Node&) = default;
  };

  explicit ExpressionGraph(Index coordinates) : coordinates_(coordinates) {}

  [[nodiscard]] NodeId constant(double value);
  [[nodiscard]] NodeId coordinate(Index number);
  [[nodiscard]] NodeId unary(Operation operation, NodeId a);
  [[nodiscard]] NodeId binary(Operation operation, NodeId a, NodeId b);
  /// Whole exponents become products; any other takes a logarithm of the base, which must be positive.
  [[nodiscard]] NodeId power(NodeId base, NodeId exponent);

  /// Derivatives of `root` with respect to all coordinates, by accumulation from the root down: all of them
  /// together cost a small multiple of the formula itself. A kink of |x|, min or max gets one of its slopes.
  [[nodiscard]] std::vector<NodeId> gradient(NodeId root);

  [[nodiscard]] Index coordinates() const { return coordinates_; }
  [[nodiscard]] NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
  [[nodiscard]] const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] bool is_constant(NodeId id) const { return node(id).operation == Operation::constant; }
  /// Which coordinates the formula contains.
  [[nodiscard]] std::vector<bool> dependence(NodeId root) const;

 private:
  [[nodiscard]] NodeId intern(const Node& node);
  [[nodiscard]] NodeId add(NodeId a, NodeId b);
  [[nodiscard]] NodeId subtract(NodeId a, NodeId b);
  [[nodiscard]] NodeId multiply(NodeId a, NodeId b);
  [[nodiscard]] NodeId divide(NodeId a, NodeId b);
  [[nodiscard]] NodeId negate(NodeId a);
  [[nodiscard]] NodeId whole_power(NodeId base, int exponent);
  [[nodiscard]] bool is(NodeId id, double value) const { return is_constant(id) && node(id).value == value; }
  [[nodiscard]] bool is(NodeId id, Operation operation) const { return node(id).operation == operation; }
  [[nodiscard]] bool has_factor(NodeId id) const { return is(id, Operation::multiply) && is_constant(node(id).first); }
  /// Adds the share of `id`'s operands in the derivative, `weight` being that of `id`.
  void hand_down(NodeId id, NodeId weight, std::vector<NodeId>& weights);

  Index coordinates_;
  std::vector<Node> nodes_;
  std::map<Node, NodeId> places_;
};

}  // namespace liftwell
