// SPDX-License-Identifier: MIT
#include "given_structures.hpp"

#include <fmt/format.h>

#include "liftwell/data/atom_order.hpp"
#include "liftwell/store/array_file.hpp"
#include "liftwell/store/pdb_file.hpp"

namespace liftwell {

void check_structure(const std::vector<double>& position, const std::filesystem::path& file, Problems& problems) {
  if (file.empty()) return;
  if (!position.empty()) problems.add("file", "cannot be given together with 'position'");
  try {
    (void)read_array(file);
  } catch (const Error& problem) {
    problems.add("file", std::string("cannot be used: ") + problem.what());
  }
}

GivenStructures::GivenStructures(const std::vector<double>& position, const std::filesystem::path& file) {
  if (!file.empty()) {
    file_ = file.filename().string();
    states_ = read_array(file);
    if (file.extension() == ".pdb" || file.extension() == ".dcd") unit_ = FileUnit::angstrom;
    if (file.extension() == ".pdb") molecule_ = std::make_shared<const Topology>(read_pdb(file).topology);
  } else if (!position.empty()) {
    states_ = Eigen::Map<const Eigen::RowVectorXd>(position.data(), static_cast<Index>(position.size()));
  }
}

std::string GivenStructures::misfit(Index dimension) const {
  if (states_.rows() == 0 || states_.cols() == dimension) return {};
  return fmt::format("{} has {} numbers, the system {} dimensions",
                     file_.empty() ? "the position" : "each state of " + file_, states_.cols(), dimension);
}

std::string GivenStructures::misfit(const System& system) const {
  if (auto problem = misfit(system.dimension()); !problem.empty() || states_.rows() == 0) return problem;
  if (molecule_ != nullptr && system.molecule() != nullptr)
    if (const auto problem = atom_order_misfit(*molecule_, *system.molecule()); !problem.empty())
      return fmt::format("{} {}", file_, problem);
  for (Index row = 0; row < states_.rows(); ++row)
    if (const auto problem = state_misfit(states_.row(row).transpose(), unit_, system); !problem.empty())
      return fmt::format("{} is no state of this system: {}",
                         file_.empty() ? "the position" : fmt::format("row {} of {}", row, file_), problem);
  return {};
}

Matrix GivenStructures::of(const System& system) const {
  if (states_.rows() > 0) return states_;
  const Vector own = system.structure();
  if (own.size() == 0) throw InputError("the system has no structure of its own; give a position or a file");
  return own.transpose();
}

std::string GivenStructures::origin(Index row) const {
  if (states_.rows() == 0) return "structure of the system";
  return file_.empty() ? "single_structure" : fmt::format("{} row {}", file_, row);
}

}  // namespace liftwell
