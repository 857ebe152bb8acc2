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
  std::string artifact;          ///< for stages: the type of the output
  std::string module;            ///< shared object its implementation lives in ("torch"), "" when built in
  bool exact_repetition = true;  ///< false: bit-for-bit resume is not promised
  std::string file;              ///< where it is registered, for messages
  int line = 0;

  std::any (*default_options)() = nullptr;
  void* (*options_pointer)(std::any&) = nullptr;
  void (*check)(const std::any&, Problems&) = nullptr;
  /// Returns an owning pointer to the family's base class; only `build<Family>` may call it.
  void* (*create)(const std::any& options) = nullptr;
  void (*destroy)(void* component) = nullptr;  ///< deletes what `create` returned
};

namespace detail {

template <class Options>
void check_options(const std::any& options, Problems& problems) {
  if constexpr (requires(const Options& o, Problems& p) { o.check(p); })
    std::any_cast<const Options&>(options).check(problems);
}

template <class Owner, class T>
Parameter make_parameter(std::string key, T Owner::*member, Unit unit, std::string sentence, Attributes attributes) {
  Parameter parameter;
  Value<T>::describe(parameter);
  parameter.key = std::move(key);
  parameter.unit = unit;
  parameter.sentence = std::move(sentence);
  parameter.attributes = std::move(attributes);
  // `read` outlives this object, so it keeps its own copy of the description for messages.
  parameter.read = [member, described = std::make_shared<const Parameter>(parameter)](
                       void* options, const Node& node, const std::string& path, Extraction& extraction) {
    const ReadContext context{*described, path, extraction};
    (void)Value<T>::read(node, static_cast<Owner*>(options)->*member, context);
  };
  parameter.write = [member](const void* options) {
    return Value<T>::write(static_cast<const Owner*>(options)->*member);
  };
  if (!parameter.attributes.required) {
    const Owner defaults{};
    parameter.default_value = parameter.write(&defaults);
  }
  return parameter;
}

template <class Owner, class G>
Parameter make_group(std::string key, G Owner::*member, std::string sentence, std::vector<Parameter> members) {
  Parameter parameter;
  parameter.key = std::move(key);
  parameter.sentence = std::move(sentence);
  parameter.kind = ValueKind::group;
  parameter.members = std::move(members);
  parameter.read = [member, members = parameter.members](void* options, const Node& node, const std::string& path,
                                                         Extraction& extraction) {
    G& group_options = static_cast<Owner*>(options)->*member;
    if (!read_parameters(members, &group_options, node, path, {}, extraction)) return;
    if constexpr (requires(const G& g, Problems& p) { g.check(p); }) {
      Problems problems;
      group_options.check(problems);
      report_problems(problems, node, path, extraction);
    }
  };
  parameter.write = [member, members = parameter.members](const void* options) {
    return write_parameters(members, &(static_cast<const Owner*>(options)->*member));
  };
  const Owner defaults{};
  parameter.default_value = parameter.write(&defaults);
  return parameter;
}

}  // namespace detail

/// Parameters of a nested mapping that is no component: `accept: {coarse_tolerance: 3 sigma}`.
template <class Options>
class Group {
 public:
  template <class T>
  Group&& parameter(std::string key, T Options::*member, Unit unit, std::string sentence,
                    Attributes attributes = {}) && {
    parameters.push_back(
        detail::make_parameter(std::move(key), member, unit, std::move(sentence), std::move(attributes)));
    return std::move(*this);
  }
  template <class G>
  Group&& group(std::string key, G Options::*member, std::string sentence, Group<G> group) && {
    parameters.push_back(detail::make_group(std::move(key), member, std::move(sentence), std::move(group.parameters)));
    return std::move(*this);
  }
  std::vector<Parameter> parameters;
};

template <class Family, class Options>
class Declaration {
 public:
  Declaration(std::string name, std::string summary) {
    declaration_.family = Family::family();
    declaration_.name = std::move(name);
    declaration_.summary = std::move(summary);
    declaration_.default_options = [] { return std::any(Options{}); };
    declaration_.options_pointer = [](std::any& options) -> void* { return &std::any_cast<Options&>(options); };
    declaration_.check = &detail::check_options<Options>;
  }

  /// Paper with equation number, or "Textbook: formula".
  Declaration&& reference(std::string text) && {
    declaration_.reference = std::move(text);
    return std::move(*this);
  }

  template <class T>
  Declaration&& parameter(std::string key, T Options::*member, Unit unit, std::string sentence,
                          Attributes attributes = {}) && {
    declaration_.parameters.push_back(
        detail::make_parameter(std::move(key), member, unit, std::move(sentence), std::move(attributes)));
    return std::move(*this);
  }

  template <class G>
  Declaration&& group(std::string key, G Options::*member, std::string sentence, Group<G> group) && {
    declaration_.parameters.push_back(
        detail::make_group(std::move(key), member, std::move(sentence), std::move(group.parameters)));
    return std::move(*this);
  }

  Declaration&& example(std::string yaml) && {
    declaration_.example = std::move(yaml);
    return std::move(*this);
  }

  /// For stages: the type of the artifact it writes.
  template <class Artifact>
  Declaration&& produces() && {
    declaration_.artifact = Artifact::type_name;
    return std::move(*this);
  }

  /// The shared object that holds the implementation, opened at first use.
  Declaration&& in_module(std::string name) && {
    declaration_.module = std::move(name);
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
};

template <class Family>
std::unique_ptr<Family> build(const Configured& configured) {
  ensure(configured.declaration->family.name == Family::family().name, "a component of another family was built");
  return std::unique_ptr<Family>(static_cast<Family*>(configured.declaration->create(configured.options)));
}

}  // namespace liftwell
