// SPDX-License-Identifier: MIT
// How each C++ type that a parameter can have is read from a node and written back.
// Supported: bool, std::int64_t, double, std::string, std::filesystem::path (a file, "" when not given),
// Component<F>, Input<A>, Inputs<A>, group
// structs, and std::optional, std::vector and std::map<std::string, …> of the plain ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/registry/configured.hpp"
#include "liftwell/registry/parameter.hpp"

namespace liftwell {

/// Where a value is read: everything a finding about it needs.
struct ReadContext {
  const Parameter& parameter;
  std::string path;
  Extraction& extraction;

  void fail(const Node& node, std::string message, std::string suggestion = {}) const;
};

[[nodiscard]] bool read_scalar(const Node& node, bool& value, const ReadContext& context);
[[nodiscard]] bool read_scalar(const Node& node, std::int64_t& value, const ReadContext& context);
[[nodiscard]] bool read_scalar(const Node& node, double& value, const ReadContext& context);
[[nodiscard]] bool read_scalar(const Node& node, std::string& value, const ReadContext& context);
/// `value` becomes the path of a file that exists, seen from the current folder.
[[nodiscard]] bool read_scalar(const Node& node, std::filesystem::path& value, const ReadContext& context);

[[nodiscard]] Node to_node(bool value);
[[nodiscard]] Node to_node(std::int64_t value);
[[nodiscard]] Node to_node(double value);
[[nodiscard]] Node to_node(const std::string& value);
[[nodiscard]] Node to_node(const std::filesystem::path& value);

/// Reads one name or (if `many`) a list of names of stage outputs.
[[nodiscard]] bool read_references(const Node& node, std::vector<StageReference>& references, bool many,
                                   const ReadContext& context);
[[nodiscard]] Node to_node(const std::vector<StageReference>& references);
[[nodiscard]] Node to_node(const Configured& configured);

/// Describes T in `parameter`, reads it and writes it. The primary template is for plain scalars.
template <class T>
struct Value {
  static void describe(Parameter& parameter);
  static bool read(const Node& node, T& value, const ReadContext& context) { return read_scalar(node, value, context); }
  static Node write(const T& value) { return to_node(value); }
};

template <>
inline void Value<bool>::describe(Parameter& parameter) {
  parameter.kind = ValueKind::boolean;
}
template <>
inline void Value<std::int64_t>::describe(Parameter& parameter) {
  parameter.kind = ValueKind::integer;
}
template <>
inline void Value<double>::describe(Parameter& parameter) {
  parameter.kind = ValueKind::real;
}
template <>
inline void Value<std::string>::describe(Parameter& parameter) {
  parameter.kind = ValueKind::text;
}
template <>
inline void Value<std::filesystem::path>::describe(Parameter& parameter) {
  parameter.kind = ValueKind::file;
}

template <class T>
struct Value<std::optional<T>> {
  static void describe(Parameter& parameter) {
    Value<T>::describe(parameter);
    parameter.optional = true;
  }
  static bool read(const Node& node, std::optional<T>& value, const ReadContext& context) {
    T inner{};
    if (!Value<T>::read(node, inner, context)) return false;
    value = std::move(inner);
    return true;
  }
  static Node write(const std::optional<T>& value) { return value ? Value<T>::write(*value) : Node{}; }
};

template <class T>
struct Value<std::vector<T>> {
  static void describe(Parameter& parameter) {
    Value<T>::describe(parameter);
    parameter.list_of_lists = parameter.list;
    parameter.list = true;
  }
  static bool read(const Node& node, std::vector<T>& value, const ReadContext& context) {
    std::vector<T> out;
    bool good = true;
    const auto read_one = [&](const Node& item, std::string path) {
      T inner{};
      if (Value<T>::read(item, inner, {context.parameter, std::move(path), context.extraction}))
        out.push_back(std::move(inner));
      else
        good = false;
    };
    if (node.is_sequence()) {
      for (std::size_t i = 0; i < node.items.size(); ++i)
        read_one(node.items[i], context.path + "[" + std::to_string(i) + "]");
    } else {
      read_one(node, context.path);
    }
    if (good) value = std::move(out);
    return good;
  }
  static Node write(const std::vector<T>& value) {
    Node node;
    node.kind = Node::Kind::sequence;
    for (const auto& item : value) node.items.push_back(Value<T>::write(item));
    return node;
  }
};

template <class T>
struct Value<std::map<std::string, T>> {
  static void describe(Parameter& parameter) {
    Value<T>::describe(parameter);
    parameter.mapping = true;
  }
  static bool read(const Node& node, std::map<std::string, T>& value, const ReadContext& context) {
    if (!node.is_mapping()) {
      context.fail(node, "must be a mapping from names to values");
      return false;
    }
    std::map<std::string, T> out;
    bool good = true;
    for (const NodeEntry& entry : node.entries) {
      T inner{};
      good &=
          Value<T>::read(entry.value, inner, {context.parameter, context.path + "." + entry.key, context.extraction});
      out.emplace(entry.key, std::move(inner));
    }
    if (good) value = std::move(out);
    return good;
  }
  static Node write(const std::map<std::string, T>& value) {
    Node node;
    node.kind = value.empty() ? Node::Kind::null : Node::Kind::mapping;
    for (const auto& [key, item] : value) node.entries.push_back({key, {}, Value<T>::write(item)});
    return node;
  }
};

template <class Family>
struct Value<Component<Family>> {
  static void describe(Parameter& parameter) {
    parameter.kind = ValueKind::component;
    parameter.component_family = Family::family().name;
  }
  static bool read(const Node& node, Component<Family>& value, const ReadContext& context) {
    auto configured = context.extraction.component(Family::family().name, node, context.path);
    if (configured == nullptr) return false;
    value = Component<Family>(std::move(configured));
    return true;
  }
  static Node write(const Component<Family>& value) { return value ? to_node(value.configured()) : Node{}; }
};

template <class Artifact>
struct Value<Inputs<Artifact>> {
  static void describe(Parameter& parameter) {
    parameter.kind = ValueKind::input;
    parameter.artifact_type = Artifact::type_name;
    parameter.many_inputs = true;
  }
  static bool read(const Node& node, Inputs<Artifact>& value, const ReadContext& context) {
    return read_references(node, value.references, true, context);
  }
  static Node write(const Inputs<Artifact>& value) { return to_node(value.references); }
};

template <class Artifact>
struct Value<Input<Artifact>> {
  static void describe(Parameter& parameter) {
    parameter.kind = ValueKind::input;
    parameter.artifact_type = Artifact::type_name;
  }
  static bool read(const Node& node, Input<Artifact>& value, const ReadContext& context) {
    return read_references(node, value.references, false, context);
  }
  static Node write(const Input<Artifact>& value) { return to_node(value.references); }
};

/// Value<T> with its type erased.
template <class T>
const ValueAccess& value_access() {
  static constexpr ValueAccess access{&Value<T>::describe,
                                      [](const Node& node, void* value, const ReadContext& context) {
                                        return Value<T>::read(node, *static_cast<T*>(value), context);
                                      },
                                      [](const void* value) { return Value<T>::write(*static_cast<const T*>(value)); }};
  return access;
}

// Compiled once, in value.cpp.
extern template const ValueAccess& value_access<bool>();
extern template const ValueAccess& value_access<std::int64_t>();
extern template const ValueAccess& value_access<double>();
extern template const ValueAccess& value_access<std::string>();
extern template const ValueAccess& value_access<std::filesystem::path>();
extern template const ValueAccess& value_access<std::optional<std::int64_t>>();
extern template const ValueAccess& value_access<std::optional<double>>();
extern template const ValueAccess& value_access<std::optional<std::string>>();
extern template const ValueAccess& value_access<std::vector<std::int64_t>>();
extern template const ValueAccess& value_access<std::vector<double>>();
extern template const ValueAccess& value_access<std::vector<std::string>>();
extern template const ValueAccess& value_access<std::vector<std::vector<double>>>();

}  // namespace liftwell
