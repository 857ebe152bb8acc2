// SPDX-License-Identifier: MIT
#include "support/schema_check.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "support/scratch_file.hpp"

namespace liftwell::testing {
namespace {

nlohmann::json scalar_json(const Node& node) {
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  const char* first = node.text.data();
  const char* last = first + node.text.size();
  std::int64_t whole = 0;
  if (const auto [end, status] = std::from_chars(first, last, whole); end == last && status == std::errc{})
    return whole;
  const bool begins_like_number =
      !node.text.empty() && std::string_view("+-.0123456789").find(node.text[0]) != std::string_view::npos;
  double real = 0;
  if (const auto [end, status] = std::from_chars(first, last, real);
      begins_like_number && end == last && status == std::errc{})
    return real;
  return node.text;
}

}  // namespace

nlohmann::json as_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return nullptr;
    case Node::Kind::scalar: return scalar_json(node);
    case Node::Kind::sequence: {
      auto list = nlohmann::json::array();
      for (const Node& item : node.items) list.push_back(as_json(item));
      return list;
    }
    case Node::Kind::mapping: break;
  }
  auto mapping = nlohmann::json::object();
  for (const NodeEntry& entry : node.entries) mapping[entry.key] = as_json(entry.value);
  return mapping;
}

std::vector<std::string> rejected(const std::string& schema, const std::vector<SchemaCase>& cases) {
  nlohmann::json task{{"schema", nlohmann::json::parse(schema)}, {"cases", nlohmann::json::array()}};
  for (const SchemaCase& one : cases)
    task["cases"].push_back({{"name", one.name}, {"definition", one.definition}, {"instance", one.instance}});
  const ScratchFolder folder;
  const std::string file = folder.write("task.json", task.dump()).string();
  // Debian's own interpreter: another one in the PATH would not see Debian's packages.
  const std::string command = "/usr/bin/python3 '" LIFTWELL_SOURCE_DIR "/tests/support/check_schema.py' '" + file + "'";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  if (pipe == nullptr) throw std::runtime_error("python3 cannot be started");
  std::vector<std::string> lines(1);
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += static_cast<char>(c);
  }
  lines.pop_back();
  if (pclose(pipe.release()) != 0)
    throw std::runtime_error("python3-jsonschema failed: apt-get install python3-jsonschema");
  return lines;
}

}  // namespace liftwell::testing
