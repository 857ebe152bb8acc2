// SPDX-License-Identifier: MIT
#include "liftwell/data/pdb.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

constexpr double angstrom = 0.1;  // nm

/// Columns first … last of a line, counted from 1 as the format does, without blanks around.
std::string_view columns(std::string_view line, std::size_t first, std::size_t last) {
  if (line.size() < first) return {};
  std::string_view out = line.substr(first - 1, last - first + 1);
  while (!out.empty() && out.front() == ' ') out.remove_prefix(1);
  while (!out.empty() && out.back() == ' ') out.remove_suffix(1);
  return out;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number out{};
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Whether names begin in column 13 whatever their element, as some programs write them: a name of one letter there.
/// The format has one-letter symbols in column 14; no element's symbol is a letter and a blank.
bool aligns_names_left(std::string_view text) {
  for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
    end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::string_view record = columns(line, 1, 6);
    if ((record == "ATOM" || record == "HETATM") && line.size() > 13 && is_letter(line[12]) && line[13] == ' ')
      return true;
  }
  return false;
}

/// The element that the line says, or that the atom's name begins with: symbols are right-aligned in columns 13-14, so
/// that calcium is "CA  " and an alpha carbon " CA ". Where names are aligned left, two letters are one element only in
/// a residue that begins with them, as ions do.
const Element* element_of(std::string_view line, bool names_left) {
  if (const std::string_view stated = columns(line, 77, 78); !stated.empty()) return find_element(stated);
  const std::string_view name = columns(line, 13, 16);
  const bool may_be_two = !names_left || columns(line, 18, 20).starts_with(name.substr(0, 2));
  if (line[12] != ' ' && name.size() < 4 && may_be_two)
    if (const Element* two_letters = find_element(line.substr(12, 2)); two_letters != nullptr) return two_letters;
  for (const char letter : name)
    if (is_letter(letter)) return find_element({&letter, 1});
  return nullptr;
}

class Reader {
 public:
  Reader(const std::string& source, bool names_left) : source_(source), names_left_(names_left) {}

  void line(std::string_view text) {
    ++line_;
    const std::string_view record = columns(text, 1, 6);
    if (record == "ATOM" || record == "HETATM") return atom(text);
    if (record == "ENDMDL") return end_model();
    if (record == "CONECT") return connections(text);
  }

  Structure finish() {
    end_model();
    if (models_.empty()) throw InputError(fmt::format("{} has no ATOM or HETATM records; is it a PDB file?", source_));
    Structure out;
    out.frames.resize(static_cast<Index>(models_.size()), 3 * static_cast<Index>(atoms_.size()));
    for (std::size_t m = 0; m < models_.size(); ++m)
      out.frames.row(static_cast<Index>(m)) =
          Eigen::Map<const Eigen::RowVectorXd>(models_[m].data(), out.frames.cols());
    out.topology.bonds = bonds_by_distance(atoms_, models_.front().data());
    for (const auto& [from, to] : connections_) {
      const auto a = serials_.find(from), b = serials_.find(to);
      if (a != serials_.end() && b != serials_.end() && a->second != b->second)
        out.topology.bonds.emplace_back(std::minmax(a->second, b->second));
    }
    auto& bonds = out.topology.bonds;
    std::sort(bonds.begin(), bonds.end());
    bonds.erase(std::unique(bonds.begin(), bonds.end()), bonds.end());
    out.topology.atoms = std::move(atoms_);
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}:{}: {}", source_, line_, what));
  }

  void atom(std::string_view text) {
    Atom found;
    found.name = columns(text, 13, 16);
    found.residue = columns(text, 18, 21);
    found.chain = columns(text, 22, 22);
    // A fourth letter of the residue's name takes the blank column before the chain.
    if (text.size() > 20 && text[20] == ' ') found.residue = columns(text, 18, 20);
    found.insertion = columns(text, 27, 27);
    if (found.name.empty()) fail("an atom without a name in columns 13 to 16");
    const auto residue = number<std::int64_t>(columns(text, 23, 26));
    if (!residue)
      fail(fmt::format("the residue number in columns 23 to 26 is '{}'; give a whole number", columns(text, 23, 26)));
    found.residue_number = *residue;
    if (const std::string_view place = columns(text, 17, 17); !place.empty() && is_alternate(found, place)) return;
    found.element = element_of(text, names_left_);
    if (found.element == nullptr)
      fail(fmt::format("the element of atom {} ('{}' in columns 77 to 78) is not known; give its symbol there",
                       found.name, columns(text, 77, 78)));
    for (const std::size_t column : {31, 39, 47}) {
      const auto value = number<double>(columns(text, column, column + 7));
      if (!value || !std::isfinite(*value))
        fail(fmt::format("the coordinate in columns {} to {} is '{}'; give a number in angstrom", column, column + 7,
                         columns(text, column, column + 7)));
      state_.push_back(*value * angstrom);
    }
    const std::size_t place = state_.size() / 3 - 1;
    if (models_.empty()) {
      if (const auto serial = number<std::int64_t>(columns(text, 7, 11))) serials_[*serial] = std::ssize(atoms_);
      atoms_.push_back(std::move(found));
    } else if (place >= atoms_.size() || atoms_[place].name != found.name ||
               !atoms_[place].shares_residue_with(found)) {
      fail(fmt::format("atom {} of model {} is {}, in the first model it is {}; models must be of the same atoms",
                       place + 1, models_.size() + 1, found.label(),
                       place < atoms_.size() ? atoms_[place].label() : std::string("not there")));
    }
  }

  /// Whether another location of this atom was read before.
  bool is_alternate(const Atom& atom, std::string_view place) {
    const std::string key = atom.label();
    const auto [first, is_new] = locations_.try_emplace(key, std::string(place));
    return !is_new && first->second != place;
  }

  void end_model() {
    if (state_.empty()) return;
    if (state_.size() != 3 * atoms_.size())
      fail(
          fmt::format("model {} has {} atoms, the first one {}", models_.size() + 1, state_.size() / 3, atoms_.size()));
    models_.push_back(std::move(state_));
    state_.clear();
  }

  void connections(std::string_view text) {
    const auto from = number<std::int64_t>(columns(text, 7, 11));
    for (const std::size_t column : {12, 17, 22, 27})
      if (const auto to = number<std::int64_t>(columns(text, column, column + 4)); from && to)
        connections_.emplace_back(*from, *to);
  }

  const std::string& source_;
  bool names_left_;
  std::size_t line_ = 0;
  std::vector<Atom> atoms_;
  std::vector<double> state_;                ///< of the model that is being read
  std::vector<std::vector<double>> models_;  ///< those read
  std::map<std::int64_t, Index> serials_;
  std::vector<std::pair<std::int64_t, std::int64_t>> connections_;
  std::map<std::string, std::string> locations_;  ///< first alternate location of each atom that has several
};

}  // namespace

Structure parse_pdb(std::string_view text, const std::string& source) {
  Reader reader(source, aligns_names_left(text));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    reader.line(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.finish();
}

std::string doubtful_unit(const Structure& structure) {
  const Index atoms = structure.topology.size();
  if (atoms < 2 || structure.frames.rows() == 0) return {};
  std::vector<double> nearest(static_cast<std::size_t>(atoms), std::numeric_limits<double>::infinity());
  for (Index a = 0; a < atoms; ++a)
    for (Index b = 0; b < a; ++b) {
      const double apart =
          (structure.frames.row(0).segment(3 * a, 3) - structure.frames.row(0).segment(3 * b, 3)).norm();
      for (const Index atom : {a, b}) {
        double& least = nearest[static_cast<std::size_t>(atom)];
        least = std::min(least, apart);
      }
    }
  const auto middle = nearest.begin() + atoms / 2;
  std::nth_element(nearest.begin(), middle, nearest.end());
  const auto is_bond = [](double length) { return length > 0.06 && length < 0.3; };  // nm
  if (is_bond(10 * *middle)) return "its coordinates look like nm, and should be angstroms";
  if (is_bond(*middle / 10)) return "its coordinates look ten times too large, and should be angstroms";
  return {};
}

std::string pdb_text(const Topology& topology, const Matrix& frames) {
  ensure(frames.cols() == 3 * topology.size(), "states and the topology they are written with do not fit together");
  std::string out;
  for (Index frame = 0; frame < frames.rows(); ++frame) {
    if (frames.rows() > 1) out += fmt::format("MODEL     {:4}\n", frame + 1);
    for (Index i = 0; i < topology.size(); ++i) {
      const Atom& atom = topology[i];
      // Names of one-letter elements begin in the second of their four columns, as far as they fit.
      const std::string name = atom.name.size() < 4 && atom.element->symbol.size() == 1 ? " " + atom.name : atom.name;
      out += fmt::format("{:<6}{:5} {:<4} {:<4}{:1}{:4}{:1}   {:8.3f}{:8.3f}{:8.3f}  1.00  0.00          {:>2}  \n",
                         "ATOM", (i + 1) % 100000, name, atom.residue, atom.chain, atom.residue_number, atom.insertion,
                         frames(frame, 3 * i) / angstrom, frames(frame, 3 * i + 1) / angstrom,
                         frames(frame, 3 * i + 2) / angstrom, atom.element->symbol);
    }
    if (frames.rows() > 1) out += "ENDMDL\n";
  }
  for (const auto& [a, b] : topology.bonds) out += fmt::format("CONECT{:5}{:5}\n", (a + 1) % 100000, (b + 1) % 100000);
  return out + "END\n";
}

}  // namespace liftwell
