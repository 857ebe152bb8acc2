// SPDX-License-Identifier: MIT
// Reads components and stages out of a tree: look-ups by name, choice of type, options, defaults,
// cross-checks. Collects findings; never throws for bad input.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/config/input_files.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/config/written_units.hpp"
#include "liftwell/registry/extraction.hpp"

namespace liftwell {

class ComponentReader final : public Extraction {
 public:
  /// Files that components name are added to `inputs`.
  ComponentReader(const Registry& registry, bool physical_units, InputFiles& inputs);

  /// Makes the components of a section known; they are read when something names them.
  void add_section(const FamilyInfo& family, const Node& section);

  std::shared_ptr<const Configured> component(std::string_view family, const Node& node,
                                              const std::string& path) override;
  void stage_reference(const StageReference& reference) override;
  [[nodiscard]] std::optional<std::filesystem::path> file(const Node& node, const std::string& path) override;
  [[nodiscard]] bool physical_units() const override { return physical_units_; }

  /// A stage: its type is the verb among its keys. The references it makes, its components' included,
  /// are added to `references`. Null after a finding.
  [[nodiscard]] std::shared_ptr<const Configured> stage(const std::string& name, const Node& node,
                                                        const std::string& path,
                                                        std::vector<StageReference>& references);

  /// Reads what nothing has named, warns about it (unless there are errors, which may be the reason),
  /// and returns everything named.
  [[nodiscard]] std::map<std::string, std::map<std::string, std::shared_ptr<const Configured>>> finish();

  void fail(const Node& node, const std::string& path, std::string message, std::string allowed = {},
            std::string suggestion = {});

 private:
  struct Named {
    const Node* node = nullptr;
    Location location;
    std::shared_ptr<const Configured> configured;
    std::vector<StageReference> references;
    enum class State { unread, being_read, read } state = State::unread;
    bool used = false;
  };
  using Names = std::map<std::string, Named, std::less<>>;

  [[nodiscard]] const FamilyInfo* family_info(std::string_view family) const;
  std::shared_ptr<const Configured> by_name(const FamilyInfo& family, const Node& node, const std::string& path);
  std::shared_ptr<const Configured> read_named(const FamilyInfo& family, const std::string& name, Named& named);
  std::shared_ptr<const Configured> in_place(const FamilyInfo& family, const Node& node, const std::string& path,
                                             const std::string& name);
  const ComponentDeclaration* type_of(const FamilyInfo& family, const Node& node, const std::string& path);
  const ComponentDeclaration* verb_of(const Node& node, const std::string& path);
  std::shared_ptr<const Configured> extract(const ComponentDeclaration& declaration, const Node& node,
                                            const std::string& path, const std::string& name,
                                            const std::vector<std::string>& ignored);
  void name_files(const std::vector<Parameter>& parameters, Node& resolved);
  bool check(const Configured& configured, const void* options, const Node& node);
  bool try_to_build(const Configured& configured, const Node& node);

  const Registry& registry_;
  bool physical_units_;
  InputFiles& inputs_;
  std::vector<FamilyInfo> families_;
  std::map<std::string, Names, std::less<>> named_;  ///< by family
  std::vector<std::string> being_read_;              ///< "biases.window", for cycles
  std::vector<StageReference>* references_ = nullptr;
  std::vector<std::vector<ComponentPart>> parts_;  ///< of the components being read, the innermost last
  WrittenUnits units_;
};

/// Which of a stage's keys is its verb; empty when none or more than one can be. A key that is a verb
/// may also be a parameter of another verb, which then decides.
[[nodiscard]] std::vector<const ComponentDeclaration*> possible_verbs(const Registry& registry,
                                                                      const std::vector<std::string>& keys);

}  // namespace liftwell
