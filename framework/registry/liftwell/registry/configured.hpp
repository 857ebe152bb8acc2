// SPDX-License-Identifier: MIT
// A component that a workflow chose and configured, and the parameter types that hold one.
#pragma once

#include <any>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/base/error.hpp"
#include "liftwell/registry/extraction.hpp"
#include "liftwell/registry/node.hpp"

namespace liftwell {

struct ComponentDeclaration;

/// A declaration together with validated options. Immutable; building from it is repeatable.
struct Configured {
  const ComponentDeclaration* declaration = nullptr;
  std::string name;  ///< the user's name for it ("mb"), or its type where it was stated in place
  std::string path;  ///< where in the workflow it was configured
  std::any options;
  Location location;
  Node resolved;                                  ///< every default filled in
  std::map<std::string, Location> key_locations;  ///< where each given key stands, for later findings
};

/// Builds the component; the pointer is to the family's base class `Family`.
template <class Family>
[[nodiscard]] std::unique_ptr<Family> build(const Configured& configured);

/// A parameter that is a component of another family: by name or stated in place.
template <class Family>
class Component {
 public:
  Component() = default;
  explicit Component(std::shared_ptr<const Configured> configured) : configured_(std::move(configured)) {}

  [[nodiscard]] explicit operator bool() const { return configured_ != nullptr; }
  [[nodiscard]] const Configured& configured() const {
    ensure(configured_ != nullptr, "a component was used that the workflow does not give");
    return *configured_;
  }
  [[nodiscard]] const std::string& name() const { return configured().name; }
  [[nodiscard]] std::unique_ptr<Family> build() const { return liftwell::build<Family>(configured()); }

 private:
  std::shared_ptr<const Configured> configured_;
};

/// A parameter of a stage that reads other stages' outputs of type `Artifact`: one name or a list.
template <class Artifact>
class Inputs {
 public:
  std::vector<StageReference> references;
  [[nodiscard]] bool empty() const { return references.empty(); }
};

/// As Inputs, but exactly one name.
template <class Artifact>
class Input {
 public:
  std::vector<StageReference> references;  ///< zero (not given) or one
  [[nodiscard]] bool empty() const { return references.empty(); }
};

}  // namespace liftwell
