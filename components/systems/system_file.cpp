// SPDX-License-Identifier: MIT
#include "system_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "custom_bonds.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

/// `<name key="value" …>`, `</name>` or `<name … />`.
struct Tag {
  std::string_view name;
  std::map<std::string_view, std::string_view> attributes;
  bool closes = false;  ///< `</name>`
  bool empty = false;   ///< `<name/>`
  Index line = 0;
};

/// The tags of an XML text one after the other. Entities, comments and sections of raw text do not occur in what
/// OpenMM writes; comments are passed over.
class Tags {
 public:
  explicit Tags(std::string_view text) : text_(text) {}

  bool next(Tag& tag) {
    for (;;) {
      const std::size_t begin = text_.find('<', at_);
      if (begin == std::string_view::npos) return false;
      const bool comment = text_.compare(begin, 4, "<!--") == 0;
      const std::size_t end = comment ? text_.find("-->", begin) : text_.find('>', begin);
      line_ += std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                          text_.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
      if (end == std::string_view::npos) return false;
      at_ = begin;
      const std::size_t last = end + (comment ? 3 : 1);
      const std::string_view inside = text_.substr(begin + 1, end - begin - 1);
      const Index line = line_;
      line_ += std::count(inside.begin(), inside.end(), '\n');
      at_ = last;
      if (comment || inside.empty() || inside.front() == '?' || inside.front() == '!') continue;
      tag = read(inside);
      tag.line = line;
      return true;
    }
  }

 private:
  static Tag read(std::string_view inside) {
    Tag out;
    if (inside.front() == '/') {
      out.closes = true;
      inside.remove_prefix(1);
    }
    if (!inside.empty() && inside.back() == '/') {
      out.empty = true;
      inside.remove_suffix(1);
    }
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t name_end = std::min(inside.find_first_of(blank), inside.size());
    out.name = inside.substr(0, name_end);
    inside.remove_prefix(name_end);
    for (;;) {
      const std::size_t equals = inside.find('=');
      const std::size_t open = equals == std::string_view::npos ? equals : inside.find_first_of("\"'", equals);
      const std::size_t close = open == std::string_view::npos ? open : inside.find(inside[open], open + 1);
      if (close == std::string_view::npos) return out;
      std::string_view key = inside.substr(0, equals);
      key.remove_prefix(std::min(key.find_first_not_of(blank), key.size()));
      key = key.substr(0, key.find_last_not_of(blank) + 1);
      out.attributes[key] = inside.substr(open + 1, close - open - 1);
      inside.remove_prefix(close + 1);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Index line_ = 1;
};

/// Reads numbers of tags, with the place for messages.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  [[noreturn]] void fail(const Tag& tag, const std::string& problem) const {
    throw InputError(fmt::format("{}:{}: {}", file_, tag.line, problem));
  }

  template <class Number>
  [[nodiscard]] Number number(const Tag& tag, std::string_view key) const {
    const auto found = tag.attributes.find(key);
    if (found == tag.attributes.end()) fail(tag, fmt::format("<{}> has no '{}'", tag.name, key));
    const std::string_view text = found->second;
    Number out{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (problem != std::errc{} || end != text.data() + text.size())
      fail(tag, fmt::format("'{}' of <{}> is no number: '{}'", key, tag.name, text));
    return out;
  }

  [[nodiscard]] std::string name_of(const Tag& tag) const {
    const auto found = tag.attributes.find("name");
    if (found == tag.attributes.end()) fail(tag, fmt::format("<{}> has no 'name'", tag.name));
    return std::string(found->second);
  }

  /// The number of a particle.
  [[nodiscard]] Index particle(const Tag& tag, std::string_view key, std::size_t count) const {
    const auto out = number<Index>(tag, key);
    if (out < 0 || out >= static_cast<Index>(count))
      fail(tag, fmt::format("<{}> names particle {}, but there are {}", tag.name, out, count));
    return out;
  }

 private:
  std::string file_;
};

/// Reads the bonds of a CustomBondForce, tag by tag.
class CustomBonds {
 public:
  explicit CustomBonds(const Tag& force) {
    if (const auto energy = force.attributes.find("energy"); energy != force.attributes.end()) energy_ = energy->second;
  }

  void take(const Tag& tag, const Reader& reader, std::size_t particles, std::vector<Spring>& springs) {
    if (tag.name == "PerBondParameters" || tag.name == "GlobalParameters") section_ = tag.name;
    if (tag.name == "Parameter" && section_ == "PerBondParameters") names_.push_back(reader.name_of(tag));
    if (tag.name == "Parameter" && section_ == "GlobalParameters")
      parameters_[reader.name_of(tag)] = reader.number<double>(tag, "default");
    if (tag.name != "Bond") return;
    for (std::size_t i = 0; i < names_.size(); ++i)
      parameters_[names_[i]] = reader.number<double>(tag, fmt::format("param{}", i + 1));
    const auto [known, is_new] = rests_.try_emplace(parameters_);
    if (is_new) known->second = rest_of(energy_, parameters_);
    if (!known->second) return;
    springs.push_back({reader.particle(tag, "p1", particles), reader.particle(tag, "p2", particles),
                       known->second->stiffness, known->second->length});
  }

 private:
  std::string energy_;
  std::string_view section_;
  std::vector<std::string> names_;  ///< of the parameters of each bond
  std::map<std::string, double> parameters_;
  std::map<std::map<std::string, double>, std::optional<Rest>> rests_;
};

/// Why a System with a force of this type cannot be used; "" where it can.
std::string refusal(std::string_view force) {
  if (force.find("Barostat") != std::string_view::npos)
    return "changes the volume, which liftwell keeps; make the System without it";
  if (force == "AndersenThermostat")
    return "changes velocities, which the Langevin dynamics of liftwell do; make the System without it";
  if (force == "DrudeForce" || force == "RPMDIntegrator")
    return "needs an integrator of its own, which liftwell does not have";
  return {};
}

}  // namespace

SystemFile read_system_file(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  const std::string name = file.filename().string();
  const Reader reader(name);
  Tags tags(text);
  Tag tag;
  if (!tags.next(tag)) throw InputError(name + ": is no XML");
  const auto type = tag.attributes.find("type");
  if (tag.name == "ForceField")
    throw InputError(name +
                     ": is a force field, not a System; let openmm make one of it and your PDB, and write it with "
                     "openmm.XmlSerializer.serialize(system)");
  if (tag.name != "System" || (type != tag.attributes.end() && type->second != "System"))
    throw InputError(
        fmt::format("{}: begins with <{}>, not with the <System> that openmm.XmlSerializer.serialize(system) "
                    "writes",
                    name, tag.name));
  SystemFile out;
  std::vector<double> masses;
  std::string section, force;
  std::optional<CustomBonds> custom;
  bool closed = false;
  while (tags.next(tag)) {
    if (tag.closes) {
      closed |= tag.name == "System";
      continue;
    }
    if (tag.name == "Particles" && force.empty()) section = "Particles";
    if (tag.name == "Constraints" && force.empty()) section = "Constraints";
    if (tag.name == "Force") {
      section = "Forces";
      const auto kind = tag.attributes.find("type");
      force = kind == tag.attributes.end() ? std::string() : std::string(kind->second);
      if (const std::string problem = refusal(force); !problem.empty()) reader.fail(tag, force + " " + problem);
      custom = force == "CustomBondForce" ? std::optional<CustomBonds>(tag) : std::nullopt;
      out.particles.hold_centre |= force == "CMMotionRemover";
      out.forces.push_back(force);
    }
    if (section == "Particles" && tag.name == "Particle") {
      if (!tag.empty)
        reader.fail(tag, fmt::format("particle {} is a virtual site, which liftwell cannot move; use a model without "
                                     "them",
                                     masses.size()));
      masses.push_back(reader.number<double>(tag, "mass"));
    }
    if (section == "Constraints" && tag.name == "Constraint")
      out.particles.constraints.push_back({reader.particle(tag, "p1", masses.size()),
                                           reader.particle(tag, "p2", masses.size()), reader.number<double>(tag, "d")});
    if (custom) custom->take(tag, reader, masses.size(), out.springs);
    if (force == "HarmonicAngleForce" && tag.name == "Angle")
      out.bends.push_back({reader.particle(tag, "p1", masses.size()), reader.particle(tag, "p2", masses.size()),
                           reader.particle(tag, "p3", masses.size()), reader.number<double>(tag, "k")});
    if (force == "HarmonicBondForce" && tag.name == "Bond")
      out.springs.push_back({reader.particle(tag, "p1", masses.size()), reader.particle(tag, "p2", masses.size()),
                             reader.number<double>(tag, "k"), reader.number<double>(tag, "d")});
  }
  if (!closed) throw InputError(name + ": ends too early: there is no </System>");
  if (masses.empty()) throw InputError(name + ": has no particles");
  out.particles.masses = Eigen::Map<const Vector>(masses.data(), static_cast<Index>(masses.size()));
  if ((out.particles.masses.array() < 0).any()) throw InputError(name + ": has a particle of negative mass");
  // Where some atoms are fixed, the centre of the others is not free to hold still.
  if ((out.particles.masses.array() == 0).any()) out.particles.hold_centre = false;
  for (const BondConstraint& constraint : out.particles.constraints)
    if (out.particles.masses[constraint.a] + out.particles.masses[constraint.b] == 0 || constraint.a == constraint.b)
      throw InputError(fmt::format("{}: the distance of particles {} and {} is constrained, and neither can move", name,
                                   constraint.a, constraint.b));
  return out;
}

}  // namespace liftwell
