// SPDX-License-Identifier: MIT
#include "liftwell/config/source_text.hpp"

#include <algorithm>

namespace liftwell {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Length in bytes of the UTF-8 character at the front of `text`; 0 when there is none.
std::size_t character_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  std::size_t length = 0;
  if (first < 0x80U)
    length = 1;
  else if (first >= 0xC2U && first < 0xE0U)
    length = 2;
  else if (first >= 0xE0U && first < 0xF0U)
    length = 3;
  else if (first >= 0xF0U && first < 0xF5U)
    length = 4;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!continues_character(text[i])) return 0;
  return length;
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20U && c != '\t' && c != '\n' && c != '\r') || code == 0x7FU;
}

}  // namespace

SourceText::SourceText(std::string text, std::string source) : text_(std::move(text)), source_(std::move(source)) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
}

std::string_view SourceText::line(int number) const {
  const auto index = static_cast<std::size_t>(number) - 1;
  if (number < 1 || index >= line_starts_.size()) return {};
  const std::size_t end = index + 1 < line_starts_.size() ? line_starts_[index + 1] - 1 : text_.size();
  return std::string_view(text_).substr(line_starts_[index], end - line_starts_[index]);
}

Location SourceText::location(int line_index, int byte_column) const {
  const std::string_view before = line(line_index + 1).substr(0, static_cast<std::size_t>(std::max(0, byte_column)));
  const auto inner = std::count_if(before.begin(), before.end(), continues_character);
  return {source_, line_index + 1, byte_column - static_cast<int>(inner) + 1};
}

bool SourceText::quote_closes(int line_index, int byte_column) const {
  const auto index = static_cast<std::size_t>(line_index);
  if (index >= line_starts_.size()) return true;
  std::size_t at = line_starts_[index] + static_cast<std::size_t>(byte_column);
  if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return true;
  const char quote = text_[at];
  for (++at; at < text_.size(); ++at) {
    if (quote == '"' && text_[at] == '\\')
      ++at;
    else if (text_[at] == quote && quote == '\'' && at + 1 < text_.size() && text_[at + 1] == quote)
      ++at;
    else if (text_[at] == quote)
      return true;
  }
  return false;
}

std::optional<Diagnostic> SourceText::first_unreadable() const {
  const auto at = [&](std::size_t offset) {
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const auto index = static_cast<std::size_t>(next - line_starts_.begin()) - 1;
    return location(static_cast<int>(index), static_cast<int>(offset - line_starts_[index]));
  };
  for (std::size_t i = 0; i < text_.size();) {
    const std::size_t length = character_length(std::string_view(text_).substr(i));
    if (length == 0) return Diagnostic{.location = at(i), .message = "not UTF-8 text; save the file as UTF-8"};
    if (is_control(text_[i])) return Diagnostic{.location = at(i), .message = "a control character; remove it"};
    i += length;
  }
  return std::nullopt;
}

}  // namespace liftwell
