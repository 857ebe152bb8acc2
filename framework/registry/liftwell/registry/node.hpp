// SPDX-License-Identifier: MIT
// The tree that workflow text becomes: independent of YAML, every node knows where it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "liftwell/base/location.hpp"

namespace liftwell {

struct NodeEntry;

struct Node {
  // Out of line, so that these are compiled once and not in every component.
  Node();
  ~Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;

  enum class Kind { null, scalar, sequence, mapping };
  explicit Node(Kind of_kind, Location at = {});

  Kind kind = Kind::null;
  std::string text;                ///< of a scalar
  bool quoted = false;             ///< a quoted scalar is always text, never a number
  std::vector<Node> items;         ///< of a sequence
  std::vector<NodeEntry> entries;  ///< of a mapping; keys are unique (checked when reading)
  Location location;
  std::string stands_for;  ///< in resolved trees: the name by which this component was given

  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }
  [[nodiscard]] bool is_mapping() const { return kind == Kind::mapping; }
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);

  /// "a list", "a mapping", "text 'abc'": for messages.
  [[nodiscard]] std::string describe() const;

  static Node scalar(std::string text, Location location = {});
};

/// One `key: value` of a mapping, in the order written.
struct NodeEntry {
  std::string key;
  Location key_location;
  Node value;
};

}  // namespace liftwell
