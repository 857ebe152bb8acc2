// SPDX-License-Identifier: MIT
// The one declaration of a component, from which everything else is derived.
//
//   namespace liftwell {
//   namespace {
//   struct Options { std::vector<double> centre; double stiffness = 1; };
//   class Harmonic final : public Potential { public: explicit Harmonic(const Options&); … };
//   }
//
//   LIFTWELL_COMPONENT(harmonic) {
//     return Declaration<Potential, Options>("harmonic", "Isotropic harmonic well.")
//         .reference("Textbook: V(x) = k/2 |x - c|^2.")
//         .parameter("centre", &Options::centre, unit::length, "Position of the minimum.", required())
//         .parameter("stiffness", &Options::stiffness, unit::stiffness, "Spring constant k.", above(0))
//         .example("{type: harmonic, centre: [0, 0], stiffness: 2}")
//         .creates<Harmonic>();
//   }
//   }
//
// Defaults are the member initialisers of Options. Where one value excludes another, Options has
// `void check(Problems&) const`. A family's base class names itself with `static FamilyInfo family()`.
#pragma once

#include <any>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "liftwell/registry/configured.hpp"
#include "liftwell/registry/parameter.hpp"
#include "liftwell/registry/value.hpp"

namespace liftwell {

/// What a family of components is called. `section` is the top-level key of the workflow under
/// which its components can be named; `default_type` is used where a mapping gives no `type`.
struct FamilyInfo {
  std::string name;          ///< "coarse_variable"
  std::string section;       ///< "coarse_variables"; "" when members are only stated in place
  std::string summary;       ///< one sentence
  std::string default_type;  ///< "" when `type` is required
};

/// The declaration with its types erased: what the registry holds.
struct ComponentDeclaration {
  ComponentDeclaration();
  ~ComponentDeclaration();
  ComponentDeclaration(const ComponentDeclaration&);
  ComponentDeclaration(ComponentDeclaration&&) noexcept;
  ComponentDeclaration& operator=(const ComponentDeclaration&);
  ComponentDeclaration& operator=(ComponentDeclaration&&) noexcept;

  FamilyInfo family;
  std::string name;
  std::string summary;
  std::string reference;
  std::string example;  ///< YAML text of a mapping that validates
  std::vector<Parameter> parameters;
  Unit measured_in = unit::coarse;  ///< for coarse variables: what values are, `coarse` where only the workflow knows
  std::string artifact;             ///< for stages: the type of the output
  std::string module;               ///< shared object its implementation lives in ("torch"), "" when built in
  bool exact_repetition = true;     ///< false: bit-for-bit resume is not promised
  std::string file;                 ///< where it is registered, for messages
  int line = 0;

  std::any (*default_options)() = nullptr;
  void* (*options_pointer)(std::any&) = nullptr;
  void (*check)(const void* options, Problems&) = nullptr;  ///< null where there are no cross-checks
  /// Returns an owning pointer to the family's base class; only `build<Family>` may call it.
  void* (*create)(const std::any& options) = nullptr;
  void (*destroy)(void* component) = nullptr;  ///< deletes what `create` returned
};

namespace detail {

/// A member of an options struct that holds the defaults.
struct Place {
  const void* options;
  const void* member;
};

[[nodiscard]] Parameter make_parameter(std::string_view key, const ValueAccess& access, Place place, const Unit& unit,
                                       std::string_view sentence, Attributes attributes);
[[nodiscard]] Parameter make_group(std::string_view key, Place place, std::string_view sentence,
                                   std::vector<Parameter> members, void (*check)(const void*, Problems&));

/// The cross-checks of an options struct, or null where it has none.
template <class Options>
constexpr auto checks_of() -> void (*)(const void*, Problems&) {
  if constexpr (requires(const Options& o, Problems& p) { o.check(p); })
    return [](const void* options, Problems& problems) { static_cast<const Options*>(options)->check(problems); };
  else
    return nullptr;
}

}  // namespace detail

/// Parameters of a nested mapping that is no component: `accept: {coarse_tolerance: 3 sigma}`.
template <class Options>
class Group {
 public:
  template <class T>
  Group&& parameter(std::string_view key, T Options::*member, const Unit& unit, std::string_view sentence,
                    Attributes attributes = {}) && {
    parameters.push_back(detail::make_parameter(key, value_access<T>(), {&defaults_, &(defaults_.*member)}, unit,
                                                sentence, std::move(attributes)));
    return std::move(*this);
  }
  template <class G>
  Group&& group(std::string_view key, G Options::*member, std::string_view sentence, Group<G> group) && {
    parameters.push_back(detail::make_group(key, {&defaults_, &(defaults_.*member)}, sentence,
                                            std::move(group.parameters), detail::checks_of<G>()));
    return std::move(*this);
  }
  std::vector<Parameter> parameters;

 private:
  Options defaults_{};
};

template <class Family, class Options>
class Declaration {
 public:
  Declaration(std::string_view name, std::string_view summary) {
    declaration_.family = Family::family();
    declaration_.name = name;
    declaration_.summary = summary;
    declaration_.default_options = [] { return std::any(Options{}); };
    declaration_.options_pointer = [](std::any& options) -> void* { return &std::any_cast<Options&>(options); };
    declaration_.check = detail::checks_of<Options>();
  }

  /// Of coarse variables: a length, an angle or a plain number.
  Declaration&& measured_in(Unit unit) && {
    declaration_.measured_in = unit;
    return std::move(*this);
  }
  /// Paper with equation number, or "Textbook: formula".
  Declaration&& reference(std::string_view text) && {
    declaration_.reference = text;
    return std::move(*this);
  }

  template <class T>
  Declaration&& parameter(std::string_view key, T Options::*member, const Unit& unit, std::string_view sentence,
                          Attributes attributes = {}) && {
    declaration_.parameters.push_back(detail::make_parameter(key, value_access<T>(), {&defaults_, &(defaults_.*member)},
                                                             unit, sentence, std::move(attributes)));
    return std::move(*this);
  }

  template <class G>
  Declaration&& group(std::string_view key, G Options::*member, std::string_view sentence, Group<G> group) && {
    declaration_.parameters.push_back(detail::make_group(key, {&defaults_, &(defaults_.*member)}, sentence,
                                                         std::move(group.parameters), detail::checks_of<G>()));
    return std::move(*this);
  }

  Declaration&& example(std::string_view yaml) && {
    declaration_.example = yaml;
    return std::move(*this);
  }

  /// For stages: the type of the artifact it writes.
  template <class Artifact>
  Declaration&& produces() && {
    declaration_.artifact = Artifact::type_name;
    return std::move(*this);
  }

  /// The shared object that holds the implementation, opened at first use.
  Declaration&& in_module(std::string_view name) && {
    declaration_.module = name;
    return std::move(*this);
  }

  Declaration&& without_exact_repetition() && {
    declaration_.exact_repetition = false;
    return std::move(*this);
  }

  template <class Class>
  ComponentDeclaration creates() && {
    declaration_.create = [](const std::any& options) -> void* {
      return static_cast<Family*>(new Class(std::any_cast<const Options&>(options)));
    };
    declaration_.destroy = [](void* component) { delete static_cast<Family*>(component); };
    return std::move(declaration_);
  }

 private:
  ComponentDeclaration declaration_;
  Options defaults_{};
};

template <class Family>
std::unique_ptr<Family> build(const Configured& configured) {
  ensure(configured.declaration->family.name == Family::family().name, "a component of another family was built");
  return std::unique_ptr<Family>(static_cast<Family*>(configured.declaration->create(configured.options)));
}

}  // namespace liftwell
