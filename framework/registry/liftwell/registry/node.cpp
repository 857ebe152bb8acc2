// SPDX-License-Identifier: MIT
#include "liftwell/registry/node.hpp"

namespace liftwell {
namespace {

/// Long texts are cut, at the end of a character of UTF-8.
std::string shortened(const std::string& text) {
  constexpr std::size_t most = 80;
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

Node::Node() = default;
Node::~Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;

Node::Node(Kind of_kind, Location at) : kind(of_kind), location(std::move(at)) {}

const Node* Node::find(std::string_view key) const {
  for (const NodeEntry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(static_cast<const Node&>(*this).find(key)); }

std::string Node::describe() const {
  switch (kind) {
    case Kind::null: return "nothing";
    case Kind::scalar: return "'" + shortened(text) + "'";
    case Kind::sequence: return "a list of " + std::to_string(items.size());
    case Kind::mapping: return "a mapping";
  }
  return {};
}

Node Node::scalar(std::string text, Location location) {
  Node node;
  node.kind = Kind::scalar;
  node.text = std::move(text);
  node.location = std::move(location);
  return node;
}

}  // namespace liftwell
