// SPDX-License-Identifier: MIT
// The `sweep:` block of a workflow, read and expanded: one complete workflow per point.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/registry/configured.hpp"

namespace liftwell {

struct Workflow;

/// What a sweep varies: a variable, the seed, any path of the workflow, or named sets of values.
struct SweepAxis {
  std::string name;                 ///< "kT", "seed", "systems.mb.integrator.timestep", "policy"
  std::vector<std::string> values;  ///< as written, or their names; at least one, no two equal
};

struct SweepPoint {
  std::string name;                 ///< "policy=steered,kT=15,seed=3", also that of its folder
  std::vector<std::string> values;  ///< one per axis, from SweepAxis::values
  std::shared_ptr<const Workflow> workflow;
};

/// Every combination of the axes' values, the last axis changing fastest.
struct Sweep {
  std::vector<SweepAxis> axes;
  /// As the file has them: where the command line changed them, other parts of the file may speak of these.
  std::vector<SweepAxis> written_axes;
  bool prepared = false;  ///< read back from a run, which checked it when it began
  std::vector<SweepPoint> points;
  std::vector<std::shared_ptr<const Configured>> aggregates;  ///< family "aggregate", with different names
};

/// The folder of a sweep's run in which the points' run folders are.
inline constexpr const char* points_folder = "points";

/// Adds the findings about the points to those about the workflow without its sweep: what is found
/// there already is not said again, and the rest says in which points it holds.
class PointFindings {
 public:
  explicit PointFindings(const Diagnostics& of_all);
  void add(const std::string& point, const Diagnostics& findings);
  [[nodiscard]] Diagnostics merged() const;

 private:
  struct Entry {
    Diagnostic finding;
    std::string first_point;
    std::size_t points = 0;
  };
  Diagnostics of_all_;
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> known_;  ///< text -> place in entries_
};

}  // namespace liftwell
