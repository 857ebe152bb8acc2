// SPDX-License-Identifier: MIT
#include "liftwell/config/yaml_reader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <fstream>
#include <sstream>

#include "liftwell/config/source_text.hpp"
#include "liftwell/config/tree_builder.hpp"

namespace liftwell {
namespace {

struct Explanation {
  const char* said;   ///< by yaml-cpp
  const char* means;  ///< in the words of a user
};

constexpr std::array explanations{
    Explanation{YAML::ErrorMsg::END_OF_MAP, "the indentation does not fit the lines above"},
    Explanation{YAML::ErrorMsg::END_OF_SEQ, "the indentation does not fit the list above"},
    Explanation{YAML::ErrorMsg::END_OF_MAP_FLOW, "a '{' before this is not closed, or a ',' is missing in it"},
    Explanation{YAML::ErrorMsg::END_OF_SEQ_FLOW, "a '[' before this is not closed, or a ',' is missing in it"},
    Explanation{YAML::ErrorMsg::FLOW_END, "a '}' or ']' closes nothing"},
    Explanation{YAML::ErrorMsg::MAP_VALUE, "a ':' stands where no key can be (put text with ': ' in it in quotes)"},
    Explanation{YAML::ErrorMsg::MAP_KEY, "a key cannot stand here"},
    Explanation{YAML::ErrorMsg::BLOCK_ENTRY, "a '- ' cannot stand here"},
    Explanation{YAML::ErrorMsg::EOF_IN_SCALAR, "a quote is not closed"},
    Explanation{YAML::ErrorMsg::DOC_IN_SCALAR, "a quote is not closed"},
    Explanation{YAML::ErrorMsg::UNKNOWN_TOKEN, "this character cannot begin a value (put the text in quotes)"},
    Explanation{YAML::ErrorMsg::BAD_FILE, "lists or mappings are nested too deeply"},
    Explanation{YAML::ErrorMsg::UNKNOWN_ANCHOR, "this alias names no anchor (&name) above it"},
};

std::string explain(const std::string& said) {
  for (const Explanation& explanation : explanations)
    if (said.starts_with(explanation.said)) return explanation.means;
  return said;
}

/// YAML allows no tabs in indentation, and parsers then complain about something else.
std::optional<int> tab_indented_line(const SourceText& text, int last_line) {
  for (int line = 1; line <= last_line; ++line) {
    const std::string_view content = text.line(line);
    const std::size_t first = content.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) continue;
    if (content.substr(0, first).find('\t') != std::string_view::npos) return line;
  }
  return std::nullopt;
}

Diagnostic syntax_error(const SourceText& text, const YAML::ParserException& problem) {
  const Location location = text.location(problem.mark.line, problem.mark.column);
  if (const auto line = tab_indented_line(text, location.line)) {
    const auto column = static_cast<int>(text.line(*line).find('\t'));
    return {.location = text.location(*line - 1, column),
            .message = "not valid YAML: a tab in the indentation; indent with spaces"};
  }
  const std::string_view line = text.line(location.line);
  const std::size_t variable = line.find("${");
  if (variable != std::string_view::npos && line.find_first_of("{[") <= variable)
    return {.location = text.location(problem.mark.line, static_cast<int>(variable)),
            .message = "not valid YAML: inside {...} or [...] a variable needs quotes: \"${name}\""};
  return {.location = location, .message = "not valid YAML: " + explain(problem.msg)};
}

}  // namespace

std::optional<Node> read_yaml(const std::string& text, const std::string& source, Diagnostics& errors) {
  SourceText lines(text, source);
  if (const auto unreadable = lines.first_unreadable()) {
    errors.push_back(*unreadable);
    return std::nullopt;
  }
  std::istringstream stream{std::string(lines.text())};
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder(lines, errors);
    if (!parser.HandleNextDocument(builder)) return Node(Node::Kind::null, lines.location(0, 0));
    if (builder.broken()) return std::nullopt;
    Diagnostics ignored;
    TreeBuilder second(lines, ignored);
    if (parser.HandleNextDocument(second))
      errors.push_back({.location = second.document_start(),
                        .message = "a second document begins here; a file holds one (remove the '---')"});
    return builder.take();
  } catch (const YAML::ParserException& problem) {
    errors.push_back(syntax_error(lines, problem));
    return std::nullopt;
  }
}

std::optional<Node> read_yaml_file(const std::filesystem::path& file, Diagnostics& errors) {
  const Location whole{.source = file.string()};
  std::error_code status;
  if (!std::filesystem::exists(file, status)) {
    errors.push_back({.location = whole, .message = "there is no such file"});
    return std::nullopt;
  }
  if (std::filesystem::is_directory(file, status)) {
    errors.push_back({.location = whole, .message = "is a folder, not a workflow file"});
    return std::nullopt;
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) {
    errors.push_back({.location = whole, .message = "cannot be read (is reading it permitted?)"});
    return std::nullopt;
  }
  const std::size_t errors_before = errors.size();
  auto node = read_yaml(content.str(), file.string(), errors);
  if (node && node->kind == Node::Kind::null && errors.size() == errors_before) {
    errors.push_back({.location = whole, .message = "the file is empty"});
    return std::nullopt;
  }
  return node;
}

void relocate(Node& node, const Location& location) {
  node.location = location;
  for (Node& item : node.items) relocate(item, location);
  for (NodeEntry& entry : node.entries) {
    entry.key_location = location;
    relocate(entry.value, location);
  }
}

}  // namespace liftwell
