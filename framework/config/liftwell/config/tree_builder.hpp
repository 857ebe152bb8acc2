// SPDX-License-Identifier: MIT
// Turns the events of the YAML parser into nodes.
#pragma once

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/config/source_text.hpp"
#include "liftwell/registry/node.hpp"

namespace liftwell {

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& text, Diagnostics& errors) : text_(text), errors_(errors) {}

  [[nodiscard]] Node take() { return std::move(root_); }
  /// True when a quote swallowed the rest of the file, so that the tree means nothing.
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] const Location& document_start() const { return document_start_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  struct Key {
    std::string text;
    Location location;
    bool merges = false;   ///< the key is <<
    bool refused = false;  ///< no text; its value is read and dropped
  };
  struct Merge {
    std::size_t position = 0;  ///< among the entries written out
    Node value;
    Location location;
  };
  /// A list or mapping whose end has not come yet.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Key> key;
    std::vector<Merge> merges;
  };

  [[nodiscard]] Location at(const YAML::Mark& mark) const;
  [[nodiscard]] std::string path() const;
  void report(const Location& location, std::string message, std::string given = {});
  void check_tag(const Location& location, const std::string& tag);
  void finish(Node node, YAML::anchor_t anchor);
  void attach(Node node);
  void add_key(Open& mapping, const Node& node);
  void add_value(Open& mapping, Node node);
  void apply_merges(Open& mapping);

  const SourceText& text_;
  Diagnostics& errors_;
  Node root_;
  Location document_start_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  bool broken_ = false;
  std::size_t copied_ = 0;  ///< nodes made by aliases so far
};

}  // namespace liftwell
