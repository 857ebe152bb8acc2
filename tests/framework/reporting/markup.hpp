// SPDX-License-Identifier: MIT
// Just enough reading of SVG and HTML to test what is written.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace liftwell::testing {

/// "" when every tag is closed in order and every attribute is quoted, else what is wrong.
inline std::string well_formed(const std::string& markup) {
  static const std::set<std::string> closed_by_themselves{"meta", "!DOCTYPE"};
  std::vector<std::string> open;
  std::size_t at = 0;
  while ((at = markup.find('<', at)) != std::string::npos) {
    std::size_t end = at + 1;
    bool quoted = false;
    for (; end < markup.size() && (quoted || markup[end] != '>'); ++end) {
      if (markup[end] == '"') quoted = !quoted;
      if (markup[end] == '<') return "a '<' inside a tag: " + markup.substr(at, end - at + 1);
    }
    if (end == markup.size()) return "a tag without end: " + markup.substr(at, 80);
    const std::string tag = markup.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    if (name[0] == '/') {
      if (open.empty() || "/" + open.back() != name)
        return "</" + name.substr(1) + "> closes <" + (open.empty() ? "" : open.back()) + ">";
      open.pop_back();
    } else if (tag.back() != '/' && !closed_by_themselves.contains(name)) {
      open.push_back(name);
    }
    at = end + 1;
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

/// The opening tags of all elements of that name, with their attributes.
inline std::vector<std::string> elements(const std::string& markup, const std::string& name) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while ((at = markup.find("<" + name + " ", at)) != std::string::npos) {
    const std::size_t end = markup.find('>', at);
    out.push_back(markup.substr(at, end - at));
    at = end;
  }
  return out;
}

/// Everything between tags, pieces separated by a bar.
inline std::string text_of(const std::string& markup) {
  std::string out;
  bool inside = false;
  for (const char c : markup) {
    if (c == '<') {
      inside = true;
      out += '|';
    } else if (c == '>') {
      inside = false;
    } else if (!inside) {
      out += c;
    }
  }
  return out;
}

}  // namespace liftwell::testing
