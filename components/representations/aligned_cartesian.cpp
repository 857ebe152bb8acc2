// SPDX-License-Identifier: MIT
// Cartesian coordinates seen from three atoms, as the coordinates of a score model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/data/atom_selection.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/families/representation.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/pdb_file.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<std::string> of;
  std::vector<std::int64_t> atoms;
  std::filesystem::path topology;

  void check(Problems& problems) const;
};

struct Reference {
  std::array<Index, 3> atoms;
  Index molecule = 0;  ///< atoms in all; 0 where no file says it
};

Reference reference_of(const Options& options) {
  std::vector<Index> atoms(options.atoms.begin(), options.atoms.end());
  Index molecule = 0;
  if (!options.topology.empty()) {
    const Topology topology = read_pdb(options.topology).topology;
    molecule = topology.size();
    for (const std::string& one : options.of) atoms.push_back(select_atoms(topology, one, 1).front());
    for (const Index atom : atoms)
      if (atom >= molecule)
        throw InputError(fmt::format("there is no atom {}; the molecule has {}, counted from 0", atom, molecule));
  }
  if (std::set<Index>(atoms.begin(), atoms.end()).size() != 3 || atoms.size() != 3)
    throw InputError(fmt::format("three different atoms are needed, and {} are given", atoms.size()));
  return {{atoms[0], atoms[1], atoms[2]}, molecule};
}

void Options::check(Problems& problems) const {
  if (of.empty() == atoms.empty())
    return problems.add("of", "and atoms are two ways to name the three atoms", "", "exactly one of them");
  if (!of.empty() && topology.empty()) return problems.add("topology", "is needed to know what 'of' names");
  try {
    (void)reference_of(*this);
  } catch (const Error& problem) {
    problems.add(of.empty() ? "atoms" : "of", std::string("cannot be used: ") + problem.what());
  }
}

/// q = (x of the second atom; x, y of the third; x, y, z of all others) where the first is at the origin, the second on
/// the x axis and the third in the half plane y > 0. Of the six numbers left out three are the place and three the turn
/// of the whole; polar coordinates of the two atoms show that what they leave to q is x₂² y₃.
class Aligned final : public StateCoordinates {
 public:
  Aligned(const Reference& reference, const Matrix& fitted) : reference_(reference.atoms) {
    if (fitted.rows() != 1 || fitted.cols() != 3)
      throw StorageError("what was stored for aligned_cartesian is not of this representation");
    atoms_ = static_cast<Index>(fitted(0, 0));
    fixed_ = {static_cast<Index>(fitted(0, 1)), static_cast<Index>(fitted(0, 2))};
    periods_ = Vector::Zero(size());
    for (Index i = 0; i < atoms_; ++i)
      if (std::count(reference_.begin(), reference_.end(), i) == 0) others_.push_back(i);
  }

  [[nodiscard]] Index dimension() const override { return 3 * atoms_; }
  [[nodiscard]] Index size() const override { return 3 * atoms_ - 6; }
  [[nodiscard]] const Vector& periods() const override { return periods_; }
  [[nodiscard]] std::vector<std::string> names() const override {
    std::vector<std::string> out{fmt::format("x of {}", reference_[1]), fmt::format("x of {}", reference_[2]),
                                 fmt::format("y of {}", reference_[2])};
    for (const Index atom : others_)
      for (const char* axis : {"x", "y", "z"}) out.push_back(fmt::format("{} of {}", axis, atom));
    return out;
  }

  [[nodiscard]] Matrix coordinates_of(const Matrix& states) const override {
    Matrix out(states.rows(), size());
    for (Index i = 0; i < states.rows(); ++i) {
      const double* const state = &states(i, 0);
      const Point origin = point(state, reference_[0]);
      const Point first = point(state, reference_[1]) - origin, second = point(state, reference_[2]) - origin;
      const Point x = (1 / norm(first)) * first;
      const Point away = second - dot(second, x) * x;
      const Point y = (1 / norm(away)) * away;
      const Point z = cross(x, y);
      double* q = &out(i, 0);
      *q++ = norm(first);
      *q++ = dot(second, x);
      *q++ = norm(away);
      for (const Index atom : others_) {
        const Point p = point(state, atom) - origin;
        for (const Point& axis : {x, y, z}) *q++ = dot(p, axis);
      }
    }
    return out;
  }

  [[nodiscard]] Matrix states_of(const Matrix& coordinates) const override {
    ensure(coordinates.cols() == size(), "other coordinates were given to aligned_cartesian");
    Matrix out = Matrix::Zero(coordinates.rows(), dimension());
    for (Index i = 0; i < coordinates.rows(); ++i) {
      const double* q = &coordinates(i, 0);
      if (!coordinates.row(i).allFinite() || !(q[0] > 0) || !(q[2] > 0)) {
        out.row(i).setConstant(std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      out(i, 3 * reference_[1]) = *q++;
      out(i, 3 * reference_[2]) = *q++;
      out(i, 3 * reference_[2] + 1) = *q++;
      for (const Index atom : others_)
        for (Index axis = 0; axis < 3; ++axis) out(i, 3 * atom + axis) = *q++;
    }
    return out;
  }

  [[nodiscard]] Vector log_volume(const Matrix& states) const override {
    if (const std::string why = why_no_volume(); !why.empty()) throw InputError(why);
    const Matrix q = coordinates_of(states);
    return 2 * q.col(0).array().log() + q.col(2).array().log();
  }

  [[nodiscard]] std::string why_no_volume() const override {
    if (fixed_.first < 0) return {};
    return fmt::format(
        "aligned_cartesian has no density where bonds are fixed, as between atoms {} and {}; use "
        "internal_coordinates with the constraints of the system",
        fixed_.first, fixed_.second);
  }

 private:
  std::array<Index, 3> reference_;
  Index atoms_ = 0;
  Bond fixed_{-1, -1};  ///< two atoms whose distance does not vary, if there are any
  std::vector<Index> others_;
  Vector periods_;
};

class AlignedCartesian final : public Representation {
 public:
  explicit AlignedCartesian(const Options& options) : reference_(reference_of(options)) {
    if (!options.topology.empty()) molecule_ = read_pdb(options.topology);
  }

  [[nodiscard]] std::string misfit(Index dimension) const override {
    const Index last = *std::max_element(reference_.atoms.begin(), reference_.atoms.end());
    const bool fits =
        reference_.molecule > 0 ? dimension == 3 * reference_.molecule : dimension % 3 == 0 && dimension > 3 * last;
    if (fits) return {};
    return fmt::format(
        "aligned_cartesian is about {} atoms, 3 coordinates each, the states have {}",
        reference_.molecule > 0 ? fmt::format("{}", reference_.molecule) : fmt::format("at least {}", last + 1),
        dimension);
  }

  [[nodiscard]] const Structure* molecule() const override { return molecule_ ? &*molecule_ : nullptr; }

  [[nodiscard]] FloatMatrix examples(Index dimension) const override {
    FloatMatrix out(32, dimension);
    for (Index i = 0; i < out.rows(); ++i) {
      RandomSequence random(RandomStream::named(0, {"examples of aligned_cartesian"}), static_cast<std::uint32_t>(i));
      for (Index d = 0; d < dimension; ++d) out(i, d) = static_cast<float>(random.normal());
    }
    return out;
  }

  /// (atoms, a, b): a and b are two atoms whose distance is always the same, −1 where there are none.
  [[nodiscard]] Matrix fit(const FloatMatrix& states, bool /*circles*/) const override {
    ensure(misfit(states.cols()).empty(), "aligned_cartesian was fitted to states of another molecule");
    const Index atoms = states.cols() / 3;
    Matrix out(1, 3);
    out << static_cast<double>(atoms), -1, -1;
    const Index count = std::min<Index>(states.rows(), 200);
    if (count < 2) return out;
    Matrix some(count, states.cols());
    for (Index i = 0; i < count; ++i) some.row(i) = states.row(i * states.rows() / count).cast<double>();
    // The noise of single precision, which makes fixed lengths vary.
    const double rounding = 1e-6 * some.cwiseAbs().maxCoeff();
    for (Index a = 0; a < atoms; ++a)
      for (Index b = a + 1; b < atoms; ++b) {
        double low = std::numeric_limits<double>::infinity(), high = 0;
        for (Index i = 0; i < count; ++i) {
          const double distance = norm(point(&some(i, 0), a) - point(&some(i, 0), b));
          low = std::min(low, distance);
          high = std::max(high, distance);
        }
        if (high - low > 1e-5 * high + rounding) continue;
        out(0, 1) = static_cast<double>(a);
        out(0, 2) = static_cast<double>(b);
        return out;
      }
    return out;
  }
  [[nodiscard]] std::unique_ptr<StateCoordinates> with(const Matrix& fitted) const override {
    return std::make_unique<Aligned>(reference_, fitted);
  }

 private:
  Reference reference_;
  std::optional<Structure> molecule_;
};

}  // namespace

LIFTWELL_COMPONENT(aligned_cartesian) {
  return Declaration<Representation, Options>(
             "aligned_cartesian", "Cartesian coordinates in a frame that three atoms span, without place and turn.")
      .reference("Textbook: a body frame; the six coordinates left out have the volume r^2 sin(theta) of polar ones.")
      .parameter("of", &Options::of, unit::none,
                 "The three atoms, in words, one selection for each; best stiff against each other: N, CA and C of a "
                 "residue in the middle. Needs topology.")
      .parameter("atoms", &Options::atoms, unit::none, "The three atoms, by index from 0, instead of 'of'.",
                 at_least(0))
      .parameter("topology", &Options::topology, unit::none, "PDB file of the molecule, which says what 'of' means.")
      .example("{type: aligned_cartesian, atoms: [0, 1, 2]}")
      .creates<AlignedCartesian>();
}

}  // namespace liftwell
