// SPDX-License-Identifier: MIT
// The distance to a reference structure after the best superposition as coarse variable.
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "atom_options.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/data/factorization.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/pdb_file.hpp"

namespace liftwell {
namespace {

struct Options {
  std::filesystem::path reference;
  std::vector<std::string> of;
  std::vector<std::int64_t> atoms;
  std::vector<std::vector<double>> positions;

  [[nodiscard]] AtomOptions selection() const { return {of, atoms, reference}; }
  void check(Problems& problems) const;
};

void Options::check(Problems& problems) const {
  if (reference.empty() == positions.empty())
    return problems.add("reference", "and positions are two ways to give the structure compared with", "",
                        "exactly one of them");
  const std::size_t before = problems.all().size();
  if (reference.empty()) {
    if (!of.empty()) return problems.add("of", "needs the names in a reference file", "", "atoms, or a reference");
    if (positions.size() != atoms.size())
      return problems.add("positions", "must be one point for each of atoms",
                          fmt::format("{} points", positions.size()), fmt::format("{}", atoms.size()));
    for (const std::vector<double>& position : positions)
      if (position.size() != 3) return problems.add("positions", "must be points of 3 coordinates");
  } else if (!of.empty() || !atoms.empty()) {
    check_group(selection(), problems);
  }
  if (problems.all().size() > before) return;
  if (!atoms.empty() && atoms.size() < 3)
    problems.add("atoms", "must be at least 3: fewer can always be superposed", fmt::format("{}", atoms.size()));
}

/// ξ(x) = min over rotations R and shifts of sqrt(Σ |r_i − R y_i − shift|²/n) for n atoms with reference positions y_i,
/// nm; reflections do not count as rotations. R is that of the quaternion that belongs to the largest eigenvalue of
/// Horn's 4 × 4 matrix. At the best R and shift ξ does not change with them, so that
/// ∂ξ/∂r_i = (r_i − R y_i − shift)/(n ξ), 0 at the reference itself, where ξ has a tip.
class Rmsd final : public CoarseVariable {
 public:
  explicit Rmsd(const Options& options) {
    if (options.reference.empty()) {
      found_.atoms.assign(options.atoms.begin(), options.atoms.end());
      for (const auto& position : options.positions) reference_.push_back({position[0], position[1], position[2]});
    } else {
      AtomOptions selection = options.selection();
      if (selection.of.empty() && selection.atoms.empty()) selection.of = {"heavy"};
      found_ = find_group(selection);
      const Structure structure = read_pdb(options.reference);
      for (const Index atom : found_.atoms) reference_.push_back(point(structure.frames.data(), atom));
    }
    if (reference_.size() < 3) throw InputError("rmsd needs at least 3 atoms: fewer can always be superposed");
    centre(reference_);
  }

  [[nodiscard]] std::string misfit(Index dimension) const override { return found_.misfit(dimension); }
  [[nodiscard]] const Structure* molecule() const override { return found_.molecule.get(); }
  [[nodiscard]] ValueRange range() const override { return {.low = 0}; }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    gradient.flat().setZero();
    const std::size_t n = reference_.size();
    std::vector<Point> here(n);
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      for (std::size_t i = 0; i < n; ++i) here[i] = point(x, found_.atoms[i], lane);
      centre(here);
      const Rotation turn = best_rotation(here);
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const Point y = reference_[i];
        here[i] = here[i] - Point{dot(turn[0], y), dot(turn[1], y), dot(turn[2], y)};
        sum += dot(here[i], here[i]);
      }
      const double rmsd = std::sqrt(sum / static_cast<double>(n));
      value[lane] = rmsd;
      if (gradient.rows() == 0 || !(rmsd > 0)) continue;
      for (std::size_t i = 0; i < n; ++i)
        add(gradient, found_.atoms[i], lane, (1 / (static_cast<double>(n) * rmsd)) * here[i]);
    }
  }

 private:
  using Rotation = std::array<Point, 3>;  ///< rows

  static void centre(std::vector<Point>& points) {
    Point sum;
    for (const Point& p : points) sum = sum + p;
    for (Point& p : points) p = p - (1 / static_cast<double>(points.size())) * sum;
  }

  /// R that brings the reference nearest to `here` (both centred): Horn, sections 3 and 4.
  [[nodiscard]] Rotation best_rotation(const std::vector<Point>& here) const {
    double s[3][3] = {};
    for (std::size_t i = 0; i < here.size(); ++i) {
      const double y[] = {reference_[i].x, reference_[i].y, reference_[i].z};
      const double r[] = {here[i].x, here[i].y, here[i].z};
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) s[a][b] += y[a] * r[b];
    }
    Matrix key(4, 4);
    key << s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0],  //
        s[1][2] - s[2][1], s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2],     //
        s[2][0] - s[0][2], s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1],     //
        s[0][1] - s[1][0], s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1];
    if (!key.allFinite()) return {Point{1, 0, 0}, Point{0, 1, 0}, Point{0, 0, 1}};  // the caller's sum is not finite
    const Matrix vectors = symmetric_eigen(key).vectors;
    const double w = vectors(0, 3), i = vectors(1, 3), j = vectors(2, 3), k = vectors(3, 3);
    return {Point{w * w + i * i - j * j - k * k, 2 * (i * j - w * k), 2 * (i * k + w * j)},
            Point{2 * (i * j + w * k), w * w - i * i + j * j - k * k, 2 * (j * k - w * i)},
            Point{2 * (i * k - w * j), 2 * (j * k + w * i), w * w - i * i - j * j + k * k}};
  }

  FoundAtoms found_;
  std::vector<Point> reference_;  ///< centred
};

}  // namespace

LIFTWELL_COMPONENT(rmsd) {
  return Declaration<CoarseVariable, Options>("rmsd", "Distance to a reference structure after the best superposition.")
      .measured_in(unit::length)
      .reference(
          "Horn, J. Opt. Soc. Am. A 4, 629 (1987), doi:10.1364/JOSAA.4.000629; gradient: Coutsias, Seok and Dill, "
          "J. Comput. Chem. 25, 1849 (2004), doi:10.1002/jcc.20110, equation 29.")
      .parameter("reference", &Options::reference, unit::none,
                 "PDB file of the molecule in the structure that is compared with; its first model counts.")
      .parameter("of", &Options::of, unit::none,
                 "The atoms compared, in words: backbone, resid 2-5 and heavy; unset: heavy, all but hydrogen.")
      .parameter("atoms", &Options::atoms, unit::none, "The atoms compared, by index from 0, instead of 'of'.",
                 at_least(0))
      .parameter("positions", &Options::positions, unit::length,
                 "Where these atoms are in the reference, x y z of each, instead of a file.")
      .example(
          "{type: rmsd, atoms: [0, 1, 2, 3], positions: [[0, 0, 0], [0.15, 0, 0], [0.2, 0.14, 0], [0.3, 0.15, 0.1]]}")
      .creates<Rmsd>();
}

}  // namespace liftwell
