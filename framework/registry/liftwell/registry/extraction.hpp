// SPDX-License-Identifier: MIT
// What turning a Node into a value needs: where findings go and how names are looked up.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/registry/node.hpp"

namespace liftwell {

struct Configured;

/// A stage output wanted as an input: "windows", "windows@all", "windows@previous".
struct StageReference {
  enum class Which { here, all, previous };
  std::string stage;
  Which which = Which::here;
  std::string artifact_type;  ///< what the input port wants, e.g. "ensemble"
  Location location;
  std::string path;

  [[nodiscard]] std::string text() const;
};

/// Collects findings while values are read. The workflow reader implements the look-ups; extraction
/// itself is a pure function of the node and the declarations and never throws on bad input.
class Extraction {
 public:
  virtual ~Extraction() = default;

  /// The component a parameter names ("mb") or states in place ("{type: harmonic, …}"), or null
  /// after a diagnostic was added.
  virtual std::shared_ptr<const Configured> component(std::string_view family, const Node& node,
                                                      const std::string& path) = 0;

  /// Notes that the stage being read uses another stage's output.
  virtual void stage_reference(const StageReference& reference) = 0;

  /// The file that a path leads to, or nothing after a diagnostic was added. `node` is text.
  [[nodiscard]] virtual std::optional<std::filesystem::path> file(const Node& node, const std::string& path) = 0;

  /// Whether written units ("2 fs") make sense here; reduced workflows take plain numbers.
  [[nodiscard]] virtual bool physical_units() const = 0;

  void error(Diagnostic diagnostic) { errors_.push_back(std::move(diagnostic)); }
  void warn(Diagnostic diagnostic) { warnings_.push_back(std::move(diagnostic)); }
  [[nodiscard]] const Diagnostics& errors() const { return errors_; }
  [[nodiscard]] const Diagnostics& warnings() const { return warnings_; }

 private:
  Diagnostics errors_;
  Diagnostics warnings_;
};

}  // namespace liftwell
