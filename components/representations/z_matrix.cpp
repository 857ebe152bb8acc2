// SPDX-License-Identifier: MIT
#include "z_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

class Builder {
 public:
  Builder(Index atoms, const std::vector<Bond>& bonds, const std::vector<bool>& light)
      : light_(light), neighbours_(static_cast<std::size_t>(atoms)), placed_(static_cast<std::size_t>(atoms), false) {
    for (const auto& [a, b] : bonds) {
      of(a).push_back(b);
      of(b).push_back(a);
    }
    // Heavy atoms first, and each kind in the order of the molecule.
    for (auto& list : neighbours_)
      std::sort(list.begin(), list.end(),
                [&](Index a, Index b) { return std::make_pair(is_light(a), a) < std::make_pair(is_light(b), b); });
  }

  std::vector<ZRow> rows(const std::vector<Quadruple>& torsions) {
    torsions_ = torsions;
    const std::array<Index, 3> first = start();
    place({first[0], -1, -1, -1});
    place({first[1], first[0], -1, -1});
    place({first[2], first[1], first[0], -1});
    // What else is bonded to these two has the third atom in its torsions.
    around(first[1], first[0], first[2]);
    around(first[0], first[1], -1);
    while (!waiting_.empty()) {
      const auto [atom, parent] = waiting_.front();
      waiting_.pop_front();
      around(atom, parent, -1);
    }
    return std::move(rows_);
  }

 private:
  [[nodiscard]] std::vector<Index>& of(Index atom) { return neighbours_[static_cast<std::size_t>(atom)]; }
  [[nodiscard]] bool is_light(Index atom) const { return light_[static_cast<std::size_t>(atom)]; }
  [[nodiscard]] bool is_placed(Index atom) const { return placed_[static_cast<std::size_t>(atom)]; }
  [[nodiscard]] bool bonded(Index a, Index b) { return std::count(of(a).begin(), of(a).end(), b) > 0; }

  void place(const ZRow& row) {
    placed_[static_cast<std::size_t>(row.atom)] = true;
    rows_.push_back(row);
  }

  /// Atoms 0, 1, 2 of the order: of the first torsion that is wanted, or at the heavy atom with most heavy neighbours.
  std::array<Index, 3> start() {
    for (const Quadruple& t : torsions_)
      if (bonded(t[0], t[1]) && bonded(t[1], t[2]) && bonded(t[2], t[3])) return {t[1], t[2], t[3]};
    Index centre = -1;
    std::pair<Index, std::size_t> best{-1, 0};
    for (Index atom = 0; atom < static_cast<Index>(neighbours_.size()); ++atom) {
      const Index heavy =
          std::count_if(of(atom).begin(), of(atom).end(), [&](Index other) { return !is_light(other); });
      if (const std::pair<Index, std::size_t> here{heavy, of(atom).size()}; here > best) {
        best = here;
        centre = atom;
      }
    }
    if (centre < 0 || of(centre).size() < 2)
      throw InputError("internal coordinates need at least three atoms in a row that are bonded");
    return {of(centre)[0], centre, of(centre)[1]};
  }

  /// Places all atoms bonded to `a` that are not yet, `b` being the one before it. `sibling`: an atom bonded to a that
  /// the others refer to, or −1 where the first one has a proper torsion.
  void around(Index a, Index b, Index sibling) {
    if (sibling < 0) {
      const auto [child, reference] = proper(a, b);
      if (child < 0) return;
      place({child, a, b, reference});
      waiting_.emplace_back(child, a);
      sibling = child;
    } else {
      waiting_.emplace_back(sibling, a);
    }
    for (const Index child : of(a)) {
      if (is_placed(child)) continue;
      place({child, a, b, sibling});
      waiting_.emplace_back(child, a);
    }
  }

  /// The atom beyond b → a with a proper torsion, and the atom before b that it refers to.
  std::pair<Index, Index> proper(Index a, Index b) {
    for (const Quadruple& t : torsions_)
      for (const Quadruple& way : {t, Quadruple{t[3], t[2], t[1], t[0]}})
        if (way[1] == b && way[2] == a && bonded(way[0], b) && bonded(a, way[3]) && !is_placed(way[3]))
          return {way[3], way[0]};
    const auto child = std::find_if(of(a).begin(), of(a).end(), [&](Index other) { return !is_placed(other); });
    if (child == of(a).end()) return {-1, -1};
    for (const Index reference : of(b))
      if (reference != a) return {*child, reference};
    ensure(false, "an atom of a Z-matrix has no reference");
    return {-1, -1};
  }

  const std::vector<bool>& light_;
  std::vector<std::vector<Index>> neighbours_;
  std::vector<bool> placed_;
  std::vector<Quadruple> torsions_;
  std::deque<std::pair<Index, Index>> waiting_;  ///< atoms whose neighbours are to be placed, with the one before
  std::vector<ZRow> rows_;
};

bool has(const std::vector<ZRow>& rows, const Quadruple& t) {
  return std::any_of(rows.begin(), rows.end(), [&](const ZRow& row) {
    const Quadruple own{row.torsion, row.angle, row.bond, row.atom};
    return own == t || own == Quadruple{t[3], t[2], t[1], t[0]};
  });
}

}  // namespace

std::vector<ZRow> z_matrix(Index atoms, const std::vector<Bond>& bonds, const std::vector<bool>& light,
                           const std::vector<Quadruple>& torsions, const std::vector<Quadruple>& wanted) {
  std::vector<Quadruple> all = torsions;
  all.insert(all.end(), wanted.begin(), wanted.end());
  std::vector<ZRow> rows = Builder(atoms, bonds, light).rows(all);
  if (std::ssize(rows) != atoms) {
    std::vector<bool> reached(static_cast<std::size_t>(atoms), false);
    for (const ZRow& row : rows) reached[static_cast<std::size_t>(row.atom)] = true;
    const auto lost = std::find(reached.begin(), reached.end(), false) - reached.begin();
    throw InputError(
        fmt::format("bonds reach only {} of {} atoms; atom {} is not connected with the others, and internal "
                    "coordinates are those of one molecule",
                    rows.size(), atoms, lost));
  }
  for (const Quadruple& t : torsions)
    if (!has(rows, t))
      throw InputError(
          fmt::format("the torsion of atoms {}, {}, {}, {} cannot be one of the coordinates: its atoms are not bonded "
                      "one to the next, or another torsion turns the same bond, or the bond is part of a ring",
                      t[0], t[1], t[2], t[3]));
  return rows;
}

}  // namespace liftwell
