// SPDX-License-Identifier: MIT
#include "learning_run.hpp"

#include <algorithm>
#include <limits>

#include "liftwell/registry/value.hpp"
#include "liftwell/store/hdf5.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

fs::path checkpoint(const fs::path& folder) { return folder / "checkpoint.h5"; }

}  // namespace

GroupedBias::GroupedBias(const AdaptiveBias& adaptive, Index groups)
    : adaptive_(adaptive),
      energies_(static_cast<std::size_t>(groups), GridFunction(adaptive.grid(), adaptive.coarse())) {}

void GroupedBias::set(const std::vector<LearningState>& learned, double thermal_energy) {
  for (std::size_t g = 0; g < energies_.size(); ++g)
    energies_[g].set_values(adaptive_.energies(learned[g], thermal_energy));
}

Matrix GroupedBias::groups_of(Index walkers) const {
  Matrix out(walkers, coarse().size());
  for (Index w = 0; w < walkers; ++w)
    out.row(w).setConstant(static_cast<double>(w % static_cast<Index>(energies_.size())));
  return out;
}

void GroupedBias::evaluate(ConstBlock xi, ConstBlock group, double* energy, Block derivative) const {
  std::array<double, 2> place{}, slope{};
  for (Index lane = 0; lane < xi.lanes(); ++lane) {
    for (Index k = 0; k < xi.rows(); ++k) place[static_cast<std::size_t>(k)] = xi(k, lane);
    energy[lane] = energies_[static_cast<std::size_t>(group(0, lane))].at(place.data(), slope.data());
    for (Index k = 0; k < derivative.rows(); ++k) derivative(k, lane) = slope[static_cast<std::size_t>(k)];
  }
}

Vector GroupedBias::sigma(double /*thermal_energy*/) const {
  return Vector::Constant(coarse().size(), std::numeric_limits<double>::infinity());
}

Vector GroupedBias::stiffness() const {
  Vector out = Vector::Zero(coarse().size());
  for (const GridFunction& energy : energies_) out = out.cwiseMax(energy.largest_curvature());
  return out;
}

bool Learning::saved(const fs::path& folder) { return fs::exists(checkpoint(folder)); }

void Learning::forget(const fs::path& folder) { fs::remove(checkpoint(folder)); }

void Learning::save(const fs::path& folder) const {
  const auto count = static_cast<Index>(groups.size());
  const Index rows = groups.front().fields.rows(), numbers = groups.front().numbers.size();
  Matrix fields(count * rows, groups.front().fields.cols()), all(count, numbers);
  for (Index g = 0; g < count; ++g) {
    fields.middleRows(g * rows, rows) = groups[static_cast<std::size_t>(g)].fields;
    all.row(g) = groups[static_cast<std::size_t>(g)].numbers.transpose();
  }
  Hdf5Writer file(checkpoint(folder));
  write_states(file, states);
  file.array("deposits", std::vector<Index>{deposits, outside});
  file.array("groups", std::vector<Index>{count});
  file.array("fields", fields);
  if (numbers > 0) file.array("numbers", all);
  file.save();
}

Learning Learning::load(const fs::path& folder) {
  const Hdf5Reader file(checkpoint(folder));
  Learning out;
  out.states = read_states(file);
  out.deposits = file.indices("deposits").at(0);
  out.outside = file.indices("deposits").at(1);
  const Index groups = file.indices("groups").at(0);
  const Matrix fields = file.matrix("fields");
  const Matrix numbers = file.has("numbers") ? file.matrix("numbers") : Matrix(groups, 0);
  const Index rows = fields.rows() / groups;
  for (Index g = 0; g < groups; ++g)
    out.groups.push_back({fields.middleRows(g * rows, rows), numbers.row(g).transpose()});
  return out;
}

void learn(const AdaptiveBias& adaptive, double thermal_energy, Learning& learning, const Executor& executor) {
  const Matrix xi = adaptive.coarse().values(learning.states.positions);
  const Grid& grid = adaptive.grid();
  const auto groups = static_cast<Index>(learning.groups.size());
  std::vector<std::vector<Index>> members(learning.groups.size());
  for (Index w = 0; w < xi.rows(); ++w) {
    if (std::binary_search(learning.states.dropped.begin(), learning.states.dropped.end(), w)) continue;
    members[static_cast<std::size_t>(w % groups)].push_back(w);
    ++learning.deposits;
    for (Index k = 0; k < xi.cols(); ++k) {
      const double value = folded(xi(w, k), grid.low[k], adaptive.coarse().period(k));
      if (value >= grid.low[k] && value < grid.high[k]) continue;
      ++learning.outside;
      break;
    }
  }
  executor.for_each(groups, [&](Index g) {
    const auto slot = static_cast<std::size_t>(g);
    if (!members[slot].empty()) adaptive.deposit(xi(members[slot], Eigen::all), thermal_energy, learning.groups[slot]);
  });
}

Configured static_bias(const Configured& adaptive, const Grid& grid, const Vector& energies) {
  Configured out;
  out.resolved.kind = Node::Kind::mapping;
  out.resolved.entries.push_back({"type", {}, Node::scalar("tabulated")});
  const Node* on = adaptive.resolved.find("on");
  ensure(on != nullptr, "an adaptive bias does not say on what it acts");
  out.resolved.entries.push_back({"on", {}, *on});
  const auto add = [&](const char* key, auto&& node) { out.resolved.entries.push_back({key, {}, std::move(node)}); };
  const auto numbers = [](const Vector& values) {
    return Value<std::vector<double>>::write(std::vector<double>(values.begin(), values.end()));
  };
  add("low", numbers(grid.low));
  add("high", numbers(grid.high));
  add("bins", Value<std::vector<std::int64_t>>::write({grid.bins.begin(), grid.bins.end()}));
  add("values", numbers(energies));
  return out;
}

}  // namespace liftwell
