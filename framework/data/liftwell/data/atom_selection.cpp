// SPDX-License-Identifier: MIT
#include "liftwell/data/atom_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

using Mask = std::vector<bool>;

/// A property of atoms that words are compared with.
struct Property {
  const char* keyword;
  std::string (*of)(const Atom& atom);
};
constexpr std::array properties{
    Property{"name", [](const Atom& atom) { return atom.name; }},
    Property{"resname", [](const Atom& atom) { return atom.residue; }},
    Property{"element", [](const Atom& atom) { return std::string(atom.element->symbol); }},
    Property{"chain", [](const Atom& atom) { return atom.chain; }},
};

const std::vector<std::string>& keywords() {
  static const std::vector<std::string> all{"all",   "heavy", "backbone", "name", "resname", "resid", "element",
                                            "chain", "index", "not",      "and",  "or",      "(",     ")"};
  return all;
}
bool is_keyword(const std::string& word) {
  return std::find(keywords().begin(), keywords().end(), word) != keywords().end();
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) out.push_back(std::move(word));
    word.clear();
  };
  for (const char letter : text) {
    if (letter == '(' || letter == ')') {
      finish();
      out.emplace_back(1, letter);
    } else if (std::isspace(static_cast<unsigned char>(letter)) != 0) {
      finish();
    } else {
      word += letter;
    }
  }
  finish();
  return out;
}

/// * for any letters, ? for one.
bool matches(std::string_view pattern, std::string_view word) {
  if (pattern.empty()) return word.empty();
  if (pattern.front() == '*')
    return matches(pattern.substr(1), word) || (!word.empty() && matches(pattern, word.substr(1)));
  return !word.empty() && (pattern.front() == '?' || pattern.front() == word.front()) &&
         matches(pattern.substr(1), word.substr(1));
}

struct NumberRange {
  std::int64_t first, last;
};

/// "2", "-3", "2-5", "-3--1".
std::optional<NumberRange> range_of(std::string_view word) {
  const char* const end = word.data() + word.size();
  NumberRange out{};
  const auto [after, error] = std::from_chars(word.data(), end, out.first);
  if (error != std::errc{}) return std::nullopt;
  out.last = out.first;
  if (after == end) return out;
  if (*after != '-') return std::nullopt;
  const auto [rest, second_error] = std::from_chars(after + 1, end, out.last);
  if (second_error != std::errc{} || rest != end || out.last < out.first) return std::nullopt;
  return out;
}

/// Recursive descent over the words of one expression.
class Selection {
 public:
  Selection(const Topology& topology, const std::string& text)
      : topology_(topology), text_(text), words_(words_of(text)) {}

  Mask read() {
    if (words_.empty()) throw InputError("an atom selection is empty; give one such as 'name CA and resname ALA'");
    Mask out = any_of();
    if (next_ < words_.size()) fail(fmt::format("'{}' is not expected after '{}'", here(), words_[next_ - 1]));
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("atom selection '{}': {}", text_, what));
  }
  [[nodiscard]] const std::string& here() const {
    static const std::string end;
    return next_ < words_.size() ? words_[next_] : end;
  }
  bool take(const char* word) {
    if (here() != word) return false;
    ++next_;
    return true;
  }

  Mask any_of() {
    Mask out = all_of();
    while (take("or")) {
      const Mask other = all_of();
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = out[i] || other[i];
    }
    return out;
  }

  Mask all_of() {
    Mask out = one();
    while (take("and")) {
      const Mask other = one();
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = out[i] && other[i];
    }
    return out;
  }

  Mask one() {
    if (take("not")) {
      Mask out = one();
      out.flip();
      return out;
    }
    if (take("(")) {
      Mask out = any_of();
      if (!take(")")) fail("a closing parenthesis is missing");
      return out;
    }
    if (take("all")) return where([](const Atom&, Index) { return true; });
    if (take("heavy")) return where([](const Atom& atom, Index) { return atom.element->symbol != "H"; });
    if (take("backbone")) {
      return where([this](const Atom& atom, Index i) {
        static const std::set<std::string> names{"N", "CA", "C", "O"};
        return names.contains(atom.name) && topology_.in_residue_of(i, "CA") >= 0 &&
               topology_.in_residue_of(i, "N") >= 0 && topology_.in_residue_of(i, "C") >= 0;
      });
    }
    for (const Property& property : properties)
      if (take(property.keyword)) return by_words(property);
    if (take("resid")) return by_numbers("resid", [](const Atom& atom, Index) { return atom.residue_number; });
    if (take("index")) return by_numbers("index", [](const Atom&, Index i) { return i; });
    if (here().empty()) fail(fmt::format("something is missing after '{}'", words_.back()));
    const std::string near = nearest(here(), keywords());
    fail(fmt::format("'{}' is no keyword; use name, resname, resid, element, chain, index, heavy, backbone or all{}",
                     here(), near.empty() ? "" : "; did you mean '" + near + "'?"));
  }

  template <class Test>
  [[nodiscard]] Mask where(const Test& test) const {
    Mask out(topology_.atoms.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = test(topology_.atoms[i], static_cast<Index>(i));
    return out;
  }

  /// Calls read(word) for the words up to the next keyword, of which there must be one.
  template <class Read>
  void each_value(const std::string& keyword, const Read& read) {
    const std::size_t first = next_;
    for (; next_ < words_.size() && !is_keyword(words_[next_]); ++next_) read(words_[next_]);
    if (next_ == first) fail(fmt::format("'{}' needs at least one value after it", keyword));
  }

  Mask by_words(const Property& property) {
    Mask out(topology_.atoms.size());
    each_value(property.keyword, [&](const std::string& word) {
      bool found = false;
      for (std::size_t i = 0; i < out.size(); ++i) {
        if (!matches(word, property.of(topology_.atoms[i]))) continue;
        out[i] = true;
        found = true;
      }
      if (!found) no_such(property, word);
    });
    return out;
  }

  [[noreturn]] void no_such(const Property& property, const std::string& word) const {
    std::set<std::string> sorted;
    for (const Atom& atom : topology_.atoms) sorted.insert(property.of(atom));
    const std::vector<std::string> known(sorted.begin(), sorted.end());
    constexpr std::size_t most = 12;
    const std::vector<std::string> shown(known.begin(),
                                         known.begin() + std::min<std::ptrdiff_t>(most, std::ssize(known)));
    const std::string near = nearest(word, known);
    fail(fmt::format("no atom has {} '{}'; there is {}{}{}", property.keyword, word, fmt::join(shown, ", "),
                     known.size() > most ? ", …" : "", near.empty() ? "" : "; did you mean '" + near + "'?"));
  }

  template <class Number>
  Mask by_numbers(const char* keyword, const Number& number) {
    Mask out(topology_.atoms.size());
    each_value(keyword, [&](const std::string& word) {
      const auto range = range_of(word);
      if (!range) fail(fmt::format("'{} {}' is no number or range; give one such as 2 or 2-5", keyword, word));
      bool found = false;
      std::int64_t lowest = number(topology_.atoms.front(), 0), highest = lowest;
      for (std::size_t i = 0; i < out.size(); ++i) {
        const std::int64_t value = number(topology_.atoms[i], static_cast<Index>(i));
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
        if (value < range->first || value > range->last) continue;
        out[i] = true;
        found = true;
      }
      if (!found) fail(fmt::format("no atom has {} {}; they go from {} to {}", keyword, word, lowest, highest));
      if (range->first < lowest || range->last > highest)
        fail(fmt::format("'{} {}' goes beyond the molecule; they go from {} to {}", keyword, word, lowest, highest));
    });
    return out;
  }

  const Topology& topology_;
  const std::string& text_;
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

std::vector<Index> chosen(const Mask& mask) {
  std::vector<Index> out;
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i]) out.push_back(static_cast<Index>(i));
  return out;
}

struct AngleCall {
  BackboneAngle which;
  std::string residue;  ///< what stands in the parentheses
};

std::optional<AngleCall> angle_call(const std::string& expression) {
  static constexpr std::pair<const char*, BackboneAngle> names[] = {{"phi", BackboneAngle::phi},
                                                                    {"psi", BackboneAngle::psi},
                                                                    {"omega", BackboneAngle::omega},
                                                                    {"chi1", BackboneAngle::chi1}};
  const std::vector<std::string> words = words_of(expression);
  if (words.size() < 2 || words[1] != "(") return std::nullopt;
  for (const auto& [name, which] : names) {
    if (words.front() != name) continue;
    if (words.back() != ")") throw InputError(fmt::format("'{}' lacks its closing parenthesis", expression));
    const std::size_t open = expression.find('('), close = expression.rfind(')');
    return AngleCall{which, expression.substr(open + 1, close - open - 1)};
  }
  return std::nullopt;
}

std::vector<Index> atoms_of_angle(const Topology& topology, const AngleCall& call, const std::string& expression) {
  std::string residue = call.residue;
  const std::vector<std::string> words = words_of(residue);
  if (words.size() == 2 && !is_keyword(words[0]) && range_of(words[1]))
    residue = fmt::format("resname {} and resid {}", words[0], words[1]);
  else if (words.size() == 1 && range_of(words[0]))
    residue = "resid " + words[0];
  const std::vector<Index> atoms = chosen(Selection(topology, residue).read());
  if (atoms.empty())
    throw InputError(
        fmt::format("'{}': no residue is both; look at the names and numbers of the "
                    "structure's residues",
                    expression));
  for (const Index atom : atoms) {
    const Atom &first = topology[atoms.front()], &other = topology[atom];
    if (other.shares_residue_with(first)) continue;
    const bool chains =
        first.chain != other.chain && !first.chain.empty() && call.residue.find('(') == std::string::npos;
    throw InputError(fmt::format(
        "'{}' is about several residues, {} and {} among them; name one{}", expression, first.residue_label(),
        other.residue_label(),
        chains ? fmt::format(", as in '{}({} and chain {})'", words_of(expression).front(), residue, first.chain)
               : ""));
  }
  return backbone_angle(topology, call.which, atoms.front());
}

}  // namespace

bool names_angle(const std::string& expression) { return angle_call(expression).has_value(); }

std::vector<Index> select_atoms(const Topology& topology, const std::string& expression, std::optional<Index> count) {
  ensure(topology.size() > 0, "atoms were selected from an empty topology");
  const auto call = angle_call(expression);
  std::vector<Index> out =
      call ? atoms_of_angle(topology, *call, expression) : chosen(Selection(topology, expression).read());
  if (out.empty())
    throw InputError(fmt::format("atom selection '{}' selects no atom of the {}", expression, topology.size()));
  if (!count || std::ssize(out) == *count) return out;
  std::string labels;
  for (std::size_t i = 0; i < out.size() && i < 4; ++i) labels += (i > 0 ? ", " : "") + topology[out[i]].label();
  throw InputError(fmt::format("atom selection '{}' selects {} atom{} ({}{}), but {} {} wanted", expression, out.size(),
                               out.size() == 1 ? "" : "s", labels, out.size() > 4 ? ", …" : "", *count,
                               *count == 1 ? "is" : "are"));
}

}  // namespace liftwell
