// SPDX-License-Identifier: MIT
// The set of known components. The registry is an object; the global one is only the default.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/registry/declaration.hpp"

namespace liftwell {

class Registry {
 public:
  /// Throws InternalError naming both places when family/name is taken, or when the declaration
  /// itself is badly formed (see declaration_faults).
  void add(ComponentDeclaration declaration);

  [[nodiscard]] const ComponentDeclaration* find(std::string_view family, std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names(std::string_view family) const;  ///< sorted
  [[nodiscard]] std::vector<FamilyInfo> families() const;                       ///< sorted by name
  [[nodiscard]] std::vector<const ComponentDeclaration*> all() const;           ///< sorted by family, name

  /// Everything registered with LIFTWELL_COMPONENT so far, plug-ins included.
  static Registry& global();

 private:
  std::map<std::string, FamilyInfo, std::less<>> families_;
  std::map<std::string, std::map<std::string, ComponentDeclaration, std::less<>>, std::less<>> components_;
};

/// What is wrong with a declaration: keys that are not snake_case, sentences without a full stop,
/// reals without a unit, defaults outside their range, reserved keys, a missing example or reference.
[[nodiscard]] std::vector<std::string> declaration_faults(const ComponentDeclaration& declaration);

/// Loads a plug-in and adds what it registers to the global registry; all or nothing. A plug-in that
/// is already in is left alone. Throws InputError when the file cannot be loaded, registers nothing,
/// repeats a name, or was built against another version of liftwell.
void load_plugin(const std::string& path);

/// "0.1.0"
[[nodiscard]] std::string_view version();

/// One registration, made before main. Only pointers are stored; nothing else runs that early.
struct Registrar {
  using Declare = ComponentDeclaration (*)();
  Registrar(Declare declare, const char* file, int line, const char* built_against);
};

}  // namespace liftwell

/// The version of the headers in use, compared with the library's when a plug-in is loaded.
#define LIFTWELL_VERSION "0.1.0"

/// Registers the component whose declaration the following block returns. `id` is any identifier
/// that is unique in the file.
#define LIFTWELL_COMPONENT(id)                                                                           \
  [[gnu::cold]] static ::liftwell::ComponentDeclaration liftwell_declare_##id();                         \
  static const ::liftwell::Registrar liftwell_registrar_##id{&liftwell_declare_##id, __FILE__, __LINE__, \
                                                             LIFTWELL_VERSION};                          \
  static ::liftwell::ComponentDeclaration liftwell_declare_##id()
