// SPDX-License-Identifier: MIT
#include "liftwell/data/expression_graph.hpp"

#include <algorithm>
#include <cmath>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

double apply(Operation operation, double a, double b) {
  switch (operation) {
    case Operation::add: return a + b;
    case Operation::subtract: return a - b;
    case Operation::multiply: return a * b;
    case Operation::divide: return a / b;
    case Operation::minimum: return std::min(a, b);
    case Operation::maximum: return std::max(a, b);
    case Operation::less: return a < b ? 1 : 0;
    case Operation::negate: return -a;
    case Operation::square_root: return std::sqrt(a);
    case Operation::exponential: return std::exp(a);
    case Operation::logarithm: return std::log(a);
    case Operation::sine: return std::sin(a);
    case Operation::cosine: return std::cos(a);
    case Operation::hyperbolic_sine: return std::sinh(a);
    case Operation::hyperbolic_tangent: return std::tanh(a);
    case Operation::arc_sine: return std::asin(a);
    case Operation::arc_cosine: return std::acos(a);
    case Operation::arc_tangent: return std::atan(a);
    case Operation::absolute: return std::abs(a);
    case Operation::sign: return a < 0 ? -1 : (a > 0 ? 1 : 0);
    case Operation::constant:
    case Operation::coordinate: break;
  }
  throw InternalError("a constant or a coordinate is no operation");
}

}  // namespace

NodeId ExpressionGraph::intern(const Node& node) {
  // A NaN is equal to nothing, itself included, and so has no place in an ordered map.
  if (std::isnan(node.value)) return nodes_.push_back(node), size() - 1;
  const auto [place, added] = places_.emplace(node, size());
  if (added) nodes_.push_back(node);
  return place->second;
}

NodeId ExpressionGraph::constant(double value) { return intern({Operation::constant, -1, -1, value}); }

NodeId ExpressionGraph::coordinate(Index number) {
  ensure(number >= 0 && number < coordinates_, "a formula asks for a coordinate that is not there");
  return intern({Operation::coordinate, static_cast<NodeId>(number), -1, 0});
}

NodeId ExpressionGraph::unary(Operation operation, NodeId a) {
  if (is_constant(a)) return constant(apply(operation, node(a).value, 0));
  if (operation == Operation::negate) return negate(a);
  return intern({operation, a, -1, 0});
}

NodeId ExpressionGraph::binary(Operation operation, NodeId a, NodeId b) {
  if (is_constant(a) && is_constant(b)) return constant(apply(operation, node(a).value, node(b).value));
  switch (operation) {
    case Operation::add: return add(a, b);
    case Operation::subtract: return subtract(a, b);
    case Operation::multiply: return multiply(a, b);
    case Operation::divide: return divide(a, b);
    default: return intern({operation, a, b, 0});
  }
}

NodeId ExpressionGraph::add(NodeId a, NodeId b) {
  if (is(a, 0)) return b;
  if (is(b, 0)) return a;
  if (a == b) return binary(Operation::multiply, constant(2), a);
  if (is(b, Operation::negate)) return binary(Operation::subtract, a, node(b).first);
  if (is(a, Operation::negate)) return binary(Operation::subtract, b, node(a).first);
  return intern({Operation::add, std::min(a, b), std::max(a, b), 0});
}

NodeId ExpressionGraph::subtract(NodeId a, NodeId b) {
  if (is_constant(b)) return binary(Operation::add, a, constant(-node(b).value));
  if (is(a, 0)) return negate(b);
  if (a == b) return constant(0);
  if (is(b, Operation::negate)) return binary(Operation::add, a, node(b).first);
  return intern({Operation::subtract, a, b, 0});
}

NodeId ExpressionGraph::negate(NodeId a) {
  if (is(a, Operation::negate)) return node(a).first;
  if (has_factor(a)) return multiply(constant(-node(node(a).first).value), node(a).second);
  if (is(a, Operation::subtract)) return binary(Operation::subtract, node(a).second, node(a).first);
  return intern({Operation::negate, a, -1, 0});
}

NodeId ExpressionGraph::multiply(NodeId a, NodeId b) {
  if (is_constant(b)) std::swap(a, b);
  if (is(a, 0)) return a;
  if (is(a, 1)) return b;
  if (is(a, -1)) return negate(b);
  if (is_constant(a)) {
    if (has_factor(b)) return multiply(constant(node(a).value * node(node(b).first).value), node(b).second);
    if (is(b, Operation::negate)) return multiply(constant(-node(a).value), node(b).first);
    return intern({Operation::multiply, a, b, 0});
  }
  if (has_factor(b) || is(b, Operation::negate)) std::swap(a, b);
  if (has_factor(a)) {
    const Node factored = node(a);
    return multiply(factored.first, multiply(factored.second, b));
  }
  if (is(a, Operation::negate)) return negate(multiply(node(a).first, b));
  return intern({Operation::multiply, std::min(a, b), std::max(a, b), 0});
}

NodeId ExpressionGraph::divide(NodeId a, NodeId b) {
  if (is_constant(b)) return binary(Operation::multiply, constant(1 / node(b).value), a);
  if (is(a, 0)) return a;
  if (a == b) return constant(1);
  if (has_factor(a)) {
    const Node factored = node(a);
    return multiply(factored.first, divide(factored.second, b));
  }
  if (is(a, Operation::negate)) return negate(divide(node(a).first, b));
  return intern({Operation::divide, a, b, 0});
}

NodeId ExpressionGraph::whole_power(NodeId base, int exponent) {
  if (exponent < 0) return binary(Operation::divide, constant(1), whole_power(base, -exponent));
  if (exponent == 0) return constant(1);
  if (exponent == 1) return base;
  const NodeId half = whole_power(base, exponent / 2);
  const NodeId even = binary(Operation::multiply, half, half);
  return exponent % 2 == 0 ? even : binary(Operation::multiply, even, base);
}

NodeId ExpressionGraph::power(NodeId base, NodeId exponent) {
  constexpr double largest_product = 64;
  if (is_constant(base) && is_constant(exponent)) return constant(std::pow(node(base).value, node(exponent).value));
  if (is_constant(exponent) && std::abs(node(exponent).value) <= largest_product) {
    const double wanted = node(exponent).value;
    if (wanted == std::floor(wanted)) return whole_power(base, static_cast<int>(wanted));
    if (2 * wanted == std::floor(2 * wanted))
      return whole_power(unary(Operation::square_root, base), static_cast<int>(2 * wanted));
  }
  return unary(Operation::exponential, binary(Operation::multiply, exponent, unary(Operation::logarithm, base)));
}

void ExpressionGraph::hand_down(NodeId id, NodeId weight, std::vector<NodeId>& weights) {
  using enum Operation;
  const Node of = node(id);  // a copy: new nodes move the old ones
  const auto give = [&](NodeId operand, NodeId share) {
    NodeId& sum = weights[static_cast<std::size_t>(operand)];
    sum = sum < 0 ? share : binary(add, sum, share);
  };
  const auto times = [&](NodeId a, NodeId b) { return binary(multiply, a, b); };
  const auto square = [&](NodeId a) { return binary(multiply, a, a); };
  const auto one_minus = [&](NodeId a) { return binary(subtract, this->constant(1), a); };
  const auto choose = [&](NodeId first_wins) {
    give(of.first, times(weight, first_wins));
    give(of.second, times(weight, one_minus(first_wins)));
  };
  switch (of.operation) {
    case Operation::constant:
    case Operation::coordinate:
    case less:
    case sign: break;
    case add: give(of.first, weight), give(of.second, weight); break;
    case subtract: give(of.first, weight), give(of.second, unary(Operation::negate, weight)); break;
    case multiply:
      if (of.first == of.second) {  // in one piece, so that it is one product
        give(of.first, times(this->constant(2), times(weight, of.first)));
        break;
      }
      give(of.first, times(weight, of.second)), give(of.second, times(weight, of.first));
      break;
    case divide: {
      const NodeId share = binary(divide, weight, of.second);
      give(of.first, share);
      give(of.second, unary(Operation::negate, times(share, id)));
      break;
    }
    case minimum: choose(binary(less, of.first, of.second)); break;
    case maximum: choose(binary(less, of.second, of.first)); break;
    case Operation::negate: give(of.first, unary(Operation::negate, weight)); break;
    case square_root: give(of.first, binary(divide, times(this->constant(0.5), weight), id)); break;
    case exponential: give(of.first, times(weight, id)); break;
    // 1/a as 1/sqrt(a)^2, so that forces are no numbers where the logarithm is none.
    case logarithm: give(of.first, binary(divide, weight, square(unary(square_root, of.first)))); break;
    case sine: give(of.first, times(weight, unary(cosine, of.first))); break;
    case cosine: give(of.first, unary(Operation::negate, times(weight, unary(sine, of.first)))); break;
    case hyperbolic_sine:
      give(of.first, times(weight, unary(square_root, binary(add, this->constant(1), square(id)))));
      break;
    case hyperbolic_tangent: give(of.first, times(weight, one_minus(square(id)))); break;
    case arc_sine: give(of.first, binary(divide, weight, unary(square_root, one_minus(square(of.first))))); break;
    case arc_cosine:
      give(of.first, unary(Operation::negate, binary(divide, weight, unary(square_root, one_minus(square(of.first))))));
      break;
    case arc_tangent: give(of.first, binary(divide, weight, binary(add, this->constant(1), square(of.first)))); break;
    case absolute: give(of.first, times(weight, unary(sign, of.first))); break;
  }
}

std::vector<NodeId> ExpressionGraph::gradient(NodeId root) {
  std::vector<NodeId> weights(static_cast<std::size_t>(root) + 1, -1);
  weights.back() = constant(1);
  for (NodeId id = root; id >= 0; --id)
    if (const NodeId weight = weights[static_cast<std::size_t>(id)]; weight >= 0) hand_down(id, weight, weights);
  std::vector<NodeId> out(static_cast<std::size_t>(coordinates_), constant(0));
  for (NodeId id = 0; id <= root; ++id)
    if (const NodeId weight = weights[static_cast<std::size_t>(id)]; is(id, Operation::coordinate) && weight >= 0)
      out[static_cast<std::size_t>(node(id).first)] = weight;
  return out;
}

std::vector<bool> ExpressionGraph::dependence(NodeId root) const {
  std::vector<bool> reached(static_cast<std::size_t>(root) + 1, false);
  std::vector<bool> out(static_cast<std::size_t>(coordinates_), false);
  reached.back() = true;
  for (NodeId id = root; id >= 0; --id) {
    if (!reached[static_cast<std::size_t>(id)]) continue;
    const Node& of = node(id);
    if (of.operation == Operation::coordinate) {
      out[static_cast<std::size_t>(of.first)] = true;
      continue;
    }
    for (const NodeId operand : {of.first, of.second})
      if (operand >= 0) reached[static_cast<std::size_t>(operand)] = true;
  }
  return out;
}

}  // namespace liftwell
