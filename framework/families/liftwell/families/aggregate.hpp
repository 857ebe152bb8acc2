// SPDX-License-Identifier: MIT
// What is made of the results of a sweep's points, once all have been tried.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/config/sweep.hpp"
#include "liftwell/data/table.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// Who is asked for a free-energy difference.
struct AskedDifference {
  std::vector<std::string> stages;        ///< of any point
  std::vector<std::string> in_one_point;  ///< of the point with the most
};

/// What an aggregate can speak of: axes, and places in summary.json.
struct SweepOutline {
  std::vector<SweepAxis> axes;                         ///< with the values of the file and those of the command line
  std::vector<std::string> stages;                     ///< of any point
  std::map<std::string, AskedDifference> differences;  ///< by name
  bool other_differences = false;                      ///< a stage may have more
  std::map<std::string, std::vector<std::string>> diagnostics;  ///< types of the diagnostics of a stage that has any
};

/// One result of a point. NaN stands for what is not known, and for a value that could not be estimated.
struct ResultValue {
  double value = std::numeric_limits<double>::quiet_NaN();
  double standard_error = std::numeric_limits<double>::quiet_NaN();
  double exact = std::numeric_limits<double>::quiet_NaN();
  std::string unit;  ///< "" when not known
};

struct PointResults {
  std::vector<std::string> values;  ///< where the point lies, one value per axis
  bool finished = false;            ///< false: a stage failed, and what needs it has no results
  /// Looks a result up by its place in summary.json, keys joined by '.'; nothing when it is not there or not final.
  std::function<std::optional<ResultValue>(const std::string& place)> find;
};

struct SweepResults {
  std::vector<SweepAxis> axes;
  std::vector<PointResults> points;
};

/// A figure of an aggregate, free of how it is drawn.
struct Chart {
  enum class Look {
    estimates,  ///< points with bars
    single,     ///< small faint points: what the estimates are made of
    exact,      ///< a dashed line
  };
  struct Curve {
    std::string name;  ///< in the legend; "" leaves it out
    Look look = Look::estimates;
    std::vector<double> x, y;
    std::vector<double> half_width;  ///< of the 95 % interval, in y; empty for none
    int colour = -1;                 ///< curves of one number share a colour; -1: one of its own
  };
  std::string title, caption;
  std::string x_label;
  std::vector<std::string> x_names;  ///< when x is the place in this list, not a number
  std::string y_label, y_unit;
  std::vector<Curve> curves;
};

struct Aggregated {
  Table table;
  Chart chart;
};

/// Pure: the same results give the same table, whoever computed the points.
class Aggregate {
 public:
  static FamilyInfo family() { return {"aggregate", "", "What is computed over the points of a sweep.", "statistics"}; }
  virtual ~Aggregate() = default;

  /// What does not fit the sweep: axes, values and results it does not have.
  virtual void check(const SweepOutline& sweep, Problems& problems) const = 0;
  /// `name` is what the user calls it.
  [[nodiscard]] virtual Aggregated evaluate(const std::string& name, const SweepResults& results) const = 0;
};

}  // namespace liftwell
