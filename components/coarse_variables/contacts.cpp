// SPDX-License-Identifier: MIT
// The fraction of a structure's contacts that are formed as coarse variable.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "atom_options.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/pdb_file.hpp"

namespace liftwell {
namespace {

constexpr Unit inverse_length{"1/length"};

struct Contact {
  Index a, b;
  double length;  ///< in the reference, nm
};

struct Options {
  std::filesystem::path reference;
  std::vector<std::string> of;
  double cutoff = 0.45;
  std::int64_t residues_apart = 4;
  std::vector<std::vector<std::int64_t>> pairs;
  std::vector<double> lengths;
  double steepness = 50;
  double tolerance = 1.8;

  void check(Problems& problems) const;
};

/// Pairs of atoms of the group nearer than the cutoff in the reference, at least so many residues apart.
std::vector<Contact> contacts_in(const Options& options) {
  const FoundAtoms group =
      find_group({options.of.empty() ? std::vector<std::string>{"heavy"} : options.of, {}, options.reference});
  const Structure structure = read_pdb(options.reference);
  std::vector<Contact> out;
  for (std::size_t i = 0; i < group.atoms.size(); ++i)
    for (std::size_t j = i + 1; j < group.atoms.size(); ++j) {
      const Index a = group.atoms[i], b = group.atoms[j];
      const Atom& first = structure.topology[a];
      const Atom& second = structure.topology[b];
      if (first.chain == second.chain &&
          std::abs(first.residue_number - second.residue_number) < options.residues_apart)
        continue;
      const double length = norm(point(structure.frames.data(), a) - point(structure.frames.data(), b));
      if (length < options.cutoff) out.push_back({a, b, length});
    }
  if (out.empty())
    throw InputError(
        fmt::format("no two atoms of the group are nearer than {} nm and at least {} residues apart in the "
                    "reference",
                    options.cutoff, options.residues_apart));
  return out;
}

void Options::check(Problems& problems) const {
  if (reference.empty() == pairs.empty())
    return problems.add("reference", "and pairs are two ways to say which contacts there are", "",
                        "exactly one of them");
  if (!reference.empty()) {
    const std::size_t before = problems.all().size();
    check_group({of.empty() ? std::vector<std::string>{"heavy"} : of, {}, reference}, problems);
    if (problems.all().size() > before) return;
    try {
      (void)contacts_in(*this);
    } catch (const Error& problem) {
      problems.add("reference", std::string("has no contacts: ") + problem.what());
    }
    return;
  }
  for (const auto& pair : pairs)
    if (pair.size() != 2 || pair[0] == pair[1] || std::min(pair[0], pair[1]) < 0)
      return problems.add("pairs", "must be pairs of two different atoms, counted from 0");
  if (lengths.size() != 1 && lengths.size() != pairs.size())
    problems.add("lengths", "must be one for all pairs or one for each", fmt::format("{}", lengths.size()),
                 fmt::format("1 or {}", pairs.size()));
}

/// ξ(x) = (1/N) Σ 1/(1 + exp[steepness (|r_a − r_b| − tolerance r⁰)]) over the N contacts: 1 where all are formed.
class Contacts final : public CoarseVariable {
 public:
  explicit Contacts(const Options& options) : steepness_(options.steepness), tolerance_(options.tolerance) {
    if (!options.reference.empty()) {
      contacts_ = contacts_in(options);
      found_.molecule = std::make_shared<const Structure>(read_pdb(options.reference));
    }
    for (std::size_t i = 0; i < options.pairs.size(); ++i)
      contacts_.push_back(
          {options.pairs[i][0], options.pairs[i][1], options.lengths[options.lengths.size() == 1 ? 0 : i]});
    for (const Contact& contact : contacts_) found_.atoms.insert(found_.atoms.end(), {contact.a, contact.b});
  }

  [[nodiscard]] std::string misfit(Index dimension) const override { return found_.misfit(dimension); }
  [[nodiscard]] const Structure* molecule() const override { return found_.molecule.get(); }
  [[nodiscard]] ValueRange range() const override { return {0, 1}; }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    gradient.flat().setZero();
    const double share = 1 / static_cast<double>(contacts_.size());
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      double sum = 0;
      for (const auto& [a, b, length] : contacts_) {
        const Point between = point(x, a, lane) - point(x, b, lane);
        const double distance = norm(between);
        const double formed = 1 / (1 + std::exp(steepness_ * (distance - tolerance_ * length)));
        sum += formed;
        if (gradient.rows() == 0 || !(distance > 0)) continue;
        const Point pull = (-share * steepness_ * formed * (1 - formed) / distance) * between;
        add(gradient, a, lane, pull);
        add(gradient, b, lane, -1.0 * pull);
      }
      value[lane] = share * sum;
    }
  }

 private:
  FoundAtoms found_;
  std::vector<Contact> contacts_;
  double steepness_, tolerance_;
};

}  // namespace

LIFTWELL_COMPONENT(contacts) {
  return Declaration<CoarseVariable, Options>("contacts", "Fraction of the contacts of a reference that are formed.")
      .measured_in(unit::dimensionless)
      .reference("Best, Hummer and Eaton, PNAS 110, 17874 (2013), doi:10.1073/pnas.1311599110, equation 1.")
      .parameter("reference", &Options::reference, unit::none,
                 "PDB file of the molecule in the structure whose contacts are meant; its first model counts.")
      .parameter("of", &Options::of, unit::none,
                 "Atoms that can be in contact, in words; unset: heavy, all but hydrogen.")
      .parameter("cutoff", &Options::cutoff, unit::length, "Pairs nearer than this in the reference are its contacts.",
                 above(0))
      .parameter("residues_apart", &Options::residues_apart, unit::none,
                 "Smallest difference of the residue numbers of a contact inside one chain.", at_least(0))
      .parameter("pairs", &Options::pairs, unit::none,
                 "The contacts, as pairs of atoms by index from 0, instead of a reference.")
      .parameter("lengths", &Options::lengths, unit::length,
                 "Length of these contacts in the reference, one for all or one for each.", above(0))
      .parameter("steepness", &Options::steepness, inverse_length, "How sharply a contact is lost with distance.",
                 above(0))
      .parameter("tolerance", &Options::tolerance, unit::dimensionless,
                 "Factor by which a contact may lengthen before half of it is lost.", above(0))
      .example("{type: contacts, pairs: [[0, 3], [1, 4]], lengths: 0.5, steepness: 5}")
      .creates<Contacts>();
}

}  // namespace liftwell
