// SPDX-License-Identifier: MIT
// Score networks with parameters that are all at work, and inputs for them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/score_network.hpp"

namespace liftwell::testing {

/// A network that holds `parameters`.
struct ReadyNetwork {
  std::unique_ptr<Network> network;
  std::vector<float> parameters;
};

/// What starts at zero gets normal numbers of deviation `spread`: tests want it to do something.
inline ReadyNetwork ready_network(const std::string& yaml, const NetworkShape& shape, double spread = 0.2) {
  ReadyNetwork out{build<ScoreNetwork>(*configure("score_network", yaml))->create(shape), {}};
  out.parameters = out.network->initial_parameters(RandomStream::named(5, {"weights"}));
  RandomSequence random(RandomStream::named(6, {"last layer"}), 0);
  for (float& p : out.parameters)
    if (p == 0) p = static_cast<float>(spread * random.normal());
  out.network->set_parameters(out.parameters.data());
  return out;
}

/// Every registered network: its name and YAML, as its example has it.
inline std::vector<std::pair<std::string, std::string>> all_score_networks() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& name : Registry::global().names("score_network"))
    out.emplace_back(name, Registry::global().find("score_network", name)->example);
  return out;
}

inline FloatMatrix made_up(Index rows, Index columns, const char* name) {
  RandomSequence random(RandomStream::named(3, {name}), 0);
  FloatMatrix out(rows, columns);
  for (Index i = 0; i < out.size(); ++i) out.data()[i] = static_cast<float>(random.normal());
  return out;
}

/// Labels of which neighbours are alike, as draws for a few targets have them.
inline FloatMatrix runs_of_labels(Index rows, Index columns, Index run) {
  const FloatMatrix each = made_up((rows + run - 1) / run, columns, "labels in runs");
  FloatMatrix out(rows, columns);
  for (Index r = 0; r < rows; ++r) out.row(r) = each.row(r / run);
  return out;
}

/// Noise levels from −1.2 upwards.
inline std::vector<float> made_up_levels(Index rows) {
  std::vector<float> out;
  for (Index i = 0; i < rows; ++i) out.push_back(-1.2F + 0.03F * static_cast<float>(i));
  return out;
}

}  // namespace liftwell::testing
