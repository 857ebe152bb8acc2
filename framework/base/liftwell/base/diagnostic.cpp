// SPDX-License-Identifier: MIT
#include "liftwell/base/diagnostic.hpp"

#include <algorithm>
#include <cctype>

namespace liftwell {

std::string Location::text() const {
  if (line == 0) return source;
  return source + ":" + std::to_string(line) + ":" + std::to_string(column);
}

namespace {

/// A finding is one line, whatever the user's text was.
std::string on_one_line(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\\n" : std::string(1, c);
  return out;
}

}  // namespace

std::string Diagnostic::text() const {
  std::string out = location.text();
  if (!out.empty()) out += ": ";
  if (!path.empty()) out += path + ": ";
  out += message;
  if (!given.empty()) out += " (" + given + ")";
  if (!allowed.empty()) out += "; allowed: " + allowed;
  if (!suggestion.empty()) out += "; did you mean '" + suggestion + "'?";
  if (!where.empty()) out += " [" + where + "]";
  return on_one_line(out);
}

namespace {

/// Optimal string alignment distance: insert, delete, replace or swap neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

/// As names are compared: capitals and hyphens are no difference.
std::string plain(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  // More than half of a word wrong is no slip any more; a beginning of a longer name is.
  std::string best;
  std::size_t best_distance = std::min(std::max<std::size_t>(1, word.size() / 3), word.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = word == candidate ? 0 : edit_distance(plain(word), plain(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (!best.empty() || word.size() < 3) return best;
  for (const std::string& candidate : candidates)
    if (plain(candidate).starts_with(plain(word))) return candidate;
  return {};
}

std::string join_or(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace liftwell
