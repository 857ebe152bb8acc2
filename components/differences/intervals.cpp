// SPDX-License-Identifier: MIT
// F(of) − F(against) for two intervals of one coarse variable.
#include <algorithm>
#include <vector>

#include "liftwell/families/difference.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<double> of;
  std::vector<double> against;
  std::string variable;

  void check(Problems& problems) const {
    const auto interval = [&](const char* key, const std::vector<double>& ends) {
      if (ends.size() == 2 && ends[0] < ends[1]) return;
      problems.add(key, "must be an interval", std::to_string(ends.size()) + " numbers",
                   "[low, high] with low below high");
    };
    interval("of", of);
    interval("against", against);
  }
};

class Intervals final : public Difference {
 public:
  explicit Intervals(const Options& options) : options_(options) {}

  [[nodiscard]] RegionPair regions(const std::string& name, const CoarseMap& coarse) const override {
    RegionPair out{name, 0, options_.of[0], options_.of[1], options_.against[0], options_.against[1]};
    const auto& names = coarse.names();
    if (options_.variable.empty()) {
      if (names.size() == 1) return out;
      throw InputError("the difference '" + name + "' must say its variable: " + join_or(names));
    }
    const auto found = std::find(names.begin(), names.end(), options_.variable);
    if (found == names.end())
      throw InputError("the difference '" + name + "' is over '" + options_.variable +
                       "', which is not a variable of the profile: " + join_or(names));
    out.variable = found - names.begin();
    return out;
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(intervals) {
  return Declaration<Difference, Options>("intervals", "F(of) - F(against) for two intervals of a coarse variable.")
      .reference("Textbook: F(R) = -kT ln P(xi in R).")
      .parameter("of", &Options::of, unit::coarse, "Interval [low, high) whose free energy is wanted.",
                 required() | or_infinite())
      .parameter("against", &Options::against, unit::coarse, "Interval [low, high) it is compared with.",
                 required() | or_infinite())
      .parameter("variable", &Options::variable, unit::none,
                 "Name of the coarse variable; may be left out where the profile has only one.")
      .example("{type: intervals, of: [0, .inf], against: [-.inf, 0]}")
      .creates<Intervals>();
}

}  // namespace liftwell
