// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "liftwell/config/workflow.hpp"

namespace liftwell {
namespace {

/// Text that YAML readers could take for a number, a truth value or nothing.
bool looks_special(const std::string& text) {
  constexpr std::array words{"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(words.begin(), words.end(), lower) != words.end()) return true;
  if (std::string_view("+-.0123456789").find(text[0]) != std::string_view::npos) return true;
  double number = 0;
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
}

/// Safe without quotes in any place, flow lists included.
bool plain_safe(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./@+ ").find(c) != std::string_view::npos;
  };
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.front() == '@') return false;
  if (text == "-" || text.starts_with("- ") || text.starts_with("---")) return false;
  return std::all_of(text.begin(), text.end(), plain);
}

std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20U)
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "\"";
}

std::string scalar_text(const std::string& text, bool quoted) {
  if (plain_safe(text) && !(quoted && looks_special(text))) return text;
  return in_quotes(text);
}

bool on_one_line(const Node& node) {
  if (node.is_mapping()) return node.entries.empty();
  return std::all_of(node.items.begin(), node.items.end(), [](const Node& item) {
    return item.is_scalar() || item.kind == Node::Kind::null || (item.is_sequence() && on_one_line(item));
  });
}

std::string one_line(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "~";
    case Node::Kind::scalar: return scalar_text(node.text, node.quoted);
    case Node::Kind::mapping: return "{}";
    case Node::Kind::sequence: break;
  }
  std::string out = "[";
  for (std::size_t i = 0; i < node.items.size(); ++i) out += (i > 0 ? ", " : "") + one_line(node.items[i]);
  return out + "]";
}

void write(const Node& node, std::size_t indent, std::string& out) {
  const std::string spaces(indent, ' ');
  for (const NodeEntry& entry : node.entries) {
    out += spaces + scalar_text(entry.key, true) + ":";
    if (on_one_line(entry.value)) {
      out += " " + one_line(entry.value) + "\n";
    } else {
      out += "\n";
      write(entry.value, indent + 2, out);
    }
  }
  for (const Node& item : node.items) {
    if (on_one_line(item)) {
      out += spaces + "- " + one_line(item) + "\n";
    } else {
      // The block is written as if the dash were two more spaces, and then the dash is put in.
      std::string block;
      write(item, indent + 2, block);
      block[indent] = '-';
      out += block;
    }
  }
}

}  // namespace

std::string to_yaml(const Node& node) {
  if (on_one_line(node)) return one_line(node) + "\n";
  std::string out;
  write(node, 0, out);
  return out;
}

}  // namespace liftwell
