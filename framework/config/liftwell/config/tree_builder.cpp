// SPDX-License-Identifier: MIT
#include "liftwell/config/tree_builder.hpp"

#include <yaml-cpp/mark.h>

namespace liftwell {
namespace {

/// A few lines of nested aliases can stand for a tree that fills the memory.
constexpr std::size_t most_copied_nodes = 100000;

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_nodes(item);
  for (const NodeEntry& entry : node.entries) count += count_nodes(entry.value);
  return count;
}

const NodeEntry* find_entry(const Node& node, const std::string& key) {
  for (const NodeEntry& entry : node.entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

}  // namespace

Location TreeBuilder::at(const YAML::Mark& mark) const { return text_.location(mark.line, mark.column); }

std::string TreeBuilder::path() const {
  std::string out;
  for (const Open& open : open_) {
    if (open.node.is_sequence())
      out += "[" + std::to_string(open.node.items.size()) + "]";
    else if (open.key && !open.key->merges)
      out += (out.empty() ? "" : ".") + open.key->text;
  }
  return out;
}

void TreeBuilder::report(const Location& location, std::string message, std::string given) {
  errors_.push_back({.location = location, .path = path(), .message = std::move(message), .given = std::move(given)});
}

void TreeBuilder::check_tag(const Location& location, const std::string& tag) {
  if (tag.empty() || tag == "?" || tag == "!") return;
  if (tag == "tag:yaml.org,2002:str") return;
  report(location, "has a YAML tag, which means nothing here; remove it", tag);
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) { document_start_ = at(mark); }

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node(Node::Kind::null, at(mark));
  // The mark of a value left empty is that of whatever comes next, so its key is named instead.
  if (!open_.empty() && open_.back().key) node.location = open_.back().key->location;
  finish(std::move(node), anchor);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    report(at(mark), "this alias stands inside what it names");
    return attach(Node(Node::Kind::null, at(mark)));
  }
  if (copied_ > most_copied_nodes) return attach(Node(Node::Kind::null, at(mark)));
  copied_ += count_nodes(found->second);
  if (copied_ > most_copied_nodes) report(at(mark), "the aliases of this file stand for too much");
  attach(found->second);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  Node node = Node::scalar(value, at(mark));
  check_tag(node.location, tag);
  if (!text_.quote_closes(mark.line, mark.column)) {
    report(node.location, "not valid YAML: this quote is not closed");
    broken_ = true;
  }
  node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
  finish(std::move(node), anchor);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
  check_tag(at(mark), tag);
  open_.push_back({.node = Node(Node::Kind::sequence, at(mark)), .anchor = anchor});
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  check_tag(at(mark), tag);
  open_.push_back({.node = Node(Node::Kind::mapping, at(mark)), .anchor = anchor});
}

void TreeBuilder::OnSequenceEnd() {
  Open done = std::move(open_.back());
  open_.pop_back();
  finish(std::move(done.node), done.anchor);
}

void TreeBuilder::OnMapEnd() {
  apply_merges(open_.back());
  Open done = std::move(open_.back());
  open_.pop_back();
  finish(std::move(done.node), done.anchor);
}

void TreeBuilder::finish(Node node, YAML::anchor_t anchor) {
  if (anchor != 0) anchors_[anchor] = node;
  attach(std::move(node));
}

void TreeBuilder::attach(Node node) {
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.is_sequence())
    parent.node.items.push_back(std::move(node));
  else if (!parent.key)
    add_key(parent, node);
  else
    add_value(parent, std::move(node));
}

void TreeBuilder::add_key(Open& mapping, const Node& node) {
  if (!node.is_scalar()) report(node.location, "a key must be a single word", node.describe());
  const bool merges = node.is_scalar() && !node.quoted && node.text == "<<";
  mapping.key = Key{node.text, node.location, merges, !node.is_scalar()};
}

void TreeBuilder::add_value(Open& mapping, Node node) {
  const Key key = *mapping.key;
  if (key.refused) {
    mapping.key.reset();
    return;
  }
  if (key.merges) {
    if (!mapping.merges.empty())
      report(key.location, "'<<' is given a second time; write one '<<: [*first, *second]'",
             "first at " + mapping.merges.front().location.text());
    else
      mapping.merges.push_back({mapping.node.entries.size(), std::move(node), key.location});
  } else if (const NodeEntry* first = find_entry(mapping.node, key.text)) {
    report(key.location, "this key is given a second time", "first at " + first->key_location.text());
  } else {
    mapping.node.entries.push_back({key.text, key.location, std::move(node)});
  }
  mapping.key.reset();
}

/// Keys written out win over merged ones, and earlier merged mappings over later ones.
void TreeBuilder::apply_merges(Open& mapping) {
  for (Merge& merge : mapping.merges) {
    std::vector<Node> sources;
    if (merge.value.is_sequence())
      sources = std::move(merge.value.items);
    else
      sources.push_back(std::move(merge.value));
    std::size_t position = merge.position;
    for (const Node& source : sources) {
      if (!source.is_mapping()) {
        report(merge.location, "'<<' merges mappings only", source.describe());
        continue;
      }
      for (const NodeEntry& entry : source.entries) {
        if (find_entry(mapping.node, entry.key) != nullptr) continue;
        mapping.node.entries.insert(mapping.node.entries.begin() + static_cast<std::ptrdiff_t>(position), entry);
        ++position;
      }
    }
  }
}

}  // namespace liftwell
