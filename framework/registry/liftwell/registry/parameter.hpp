// SPDX-License-Identifier: MIT
// One declared parameter, with its value type erased: everything parsing, checking, `describe`, the
// JSON Schema and the reference pages need to know.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/base/unit.hpp"
#include "liftwell/registry/attribute.hpp"
#include "liftwell/registry/extraction.hpp"

namespace liftwell {

enum class ValueKind { boolean, integer, real, text, file, component, input, group };

struct Parameter;
struct ReadContext;
class Problems;

/// How the values of one C++ type are described, read and written, with the type erased (value.hpp).
struct ValueAccess {
  void (*describe)(Parameter& parameter);
  /// Leaves `value` alone and returns false where the input is wrong.
  bool (*read)(const Node& node, void* value, const ReadContext& context);
  Node (*write)(const void* value);
};

/// Everything here is data: a component adds a row to a table, not code of its own.
struct Parameter {
  // Out of line, so that these are compiled once and not in every component.
  Parameter();
  ~Parameter();
  Parameter(const Parameter&);
  Parameter(Parameter&&) noexcept;
  Parameter& operator=(const Parameter&);
  Parameter& operator=(Parameter&&) noexcept;

  std::string key;
  std::string sentence;  ///< one sentence, ending in a full stop
  Unit unit = unit::none;
  ValueKind kind = ValueKind::text;
  bool list = false;               ///< a sequence of `kind` (a single value stands for a list of one)
  bool list_of_lists = false;      ///< a sequence of such sequences
  bool mapping = false;            ///< a mapping from free names to `kind`
  bool optional = false;           ///< may be absent without a default ("unset")
  std::string component_family;    ///< for ValueKind::component
  std::string artifact_type;       ///< for ValueKind::input
  bool many_inputs = false;        ///< for ValueKind::input: a list of names is accepted
  std::vector<Parameter> members;  ///< for ValueKind::group
  Attributes attributes;
  Node default_value;  ///< null when required or unset

  std::ptrdiff_t offset = 0;                                       ///< of the member in its options struct, in bytes
  const ValueAccess* access = nullptr;                             ///< null for a group
  void (*check)(const void* group, Problems& problems) = nullptr;  ///< cross-checks of a group, if it has any

  /// Reads `node` into the member of `options` (a pointer to the options struct); adds findings to
  /// `extraction` and leaves the default where the input is wrong.
  /// False when it could not be read: the reason is among the errors, perhaps since another use of the same component.
  bool read(void* options, const Node& node, const std::string& path, Extraction& extraction) const;
  /// The value held now, as a node: for resolved.yaml and for defaults.
  [[nodiscard]] Node write(const void* options) const;

  /// "real, above 0, energy/length^2, default 1": for messages and reference pages.
  [[nodiscard]] std::string type_text() const;
};

/// Findings of an options struct's own cross-checks: `void check(Problems&) const`.
class Problems {
 public:
  struct Problem {
    std::string key;  ///< "" for the component as a whole; "drift[1]" for the second item of a list
    std::string message;
    std::string given;
    std::string allowed;
    std::string suggestion;
  };
  void add(std::string_view key, std::string_view message, std::string_view given = {}, std::string_view allowed = {},
           std::string_view suggestion = {});
  [[nodiscard]] const std::vector<Problem>& all() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// Reads a mapping node against `parameters`: unknown keys, old keys, missing keys, then each value.
/// Keys in `ignored` (such as "type") are skipped. True when nothing was wrong.
bool read_parameters(const std::vector<Parameter>& parameters, void* options, const Node& node, const std::string& path,
                     const std::vector<std::string>& ignored, Extraction& extraction);

/// Turns the problems of a cross-check into findings at the keys of `node` they belong to.
void report_problems(const Problems& problems, const Node& node, const std::string& path, Extraction& extraction);

/// The options as a mapping node with every default filled in.
[[nodiscard]] Node write_parameters(const std::vector<Parameter>& parameters, const void* options);

}  // namespace liftwell
