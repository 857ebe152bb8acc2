// SPDX-License-Identifier: MIT
#include "liftwell/config/merge.hpp"

#include <algorithm>

namespace liftwell {
namespace {

bool other_type(const Node& base, const Node& over) {
  const Node* before = base.find("type");
  const Node* after = over.find("type");
  return before != nullptr && after != nullptr && before->text != after->text;
}

}  // namespace

Node merged(const Node& base, const Node& over) {
  if (!base.is_mapping() || !over.is_mapping() || other_type(base, over)) return over;
  Node out = base;
  out.location = over.location;
  for (const NodeEntry& entry : over.entries) {
    const auto same = std::find_if(out.entries.begin(), out.entries.end(),
                                   [&](const NodeEntry& candidate) { return candidate.key == entry.key; });
    if (same == out.entries.end()) {
      out.entries.push_back(entry);
    } else if (entry.value.kind == Node::Kind::null) {
      out.entries.erase(same);
    } else {
      *same = {entry.key, entry.key_location, merged(same->value, entry.value)};
    }
  }
  return out;
}

}  // namespace liftwell
