// SPDX-License-Identifier: MIT
// F(of) − F(against) for two intervals of one coarse variable.
#include <fmt/format.h>

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
      if (ends.size() != 2)
        problems.add(key, "must be an interval", std::to_string(ends.size()) + " numbers", "[low, high]");
      else if (ends[0] == ends[1])
        problems.add(key, "must be an interval", "low and high are equal", "[low, high] with low below high");
    };
    interval("of", of);
    interval("against", against);
  }
};

class Intervals final : public Difference {
 public:
  explicit Intervals(const Options& options) : options_(options) {}

  [[nodiscard]] RegionPair regions(const std::string& name, const CoarseMap& coarse) const override {
    const Index variable = place_of_variable(name, coarse.names());
    const auto high = [&](const char* key, const std::vector<double>& ends) {
      if (const auto misfit = coarse.misfit_of_interval(variable, ends[0], std::max(ends[0], ends[1])); !misfit.empty())
        throw InputError(fmt::format("the difference '{}' {}", name, misfit));
      if (ends[0] < ends[1]) return ends[1];
      const double period = coarse.period(variable);
      if (ends[0] < ends[1] + period) return ends[1] + period;
      throw InputError(fmt::format("the difference '{}' has '{}: [{:.6g}, {:.6g}]', which {}", name, key, ends[0],
                                   ends[1],
                                   period > 0 ? fmt::format("is longer than the period {:.6g} of {}", period,
                                                            coarse.names()[static_cast<std::size_t>(variable)])
                                              : fmt::format("must be [low, high] with low below high, since {} is not "
                                                            "periodic",
                                                            coarse.names()[static_cast<std::size_t>(variable)])));
    };
    return {name,
            variable,
            options_.of[0],
            high("of", options_.of),
            options_.against[0],
            high("against", options_.against)};
  }

 private:
  [[nodiscard]] Index place_of_variable(const std::string& name, const std::vector<std::string>& names) const {
    if (options_.variable.empty()) {
      if (names.size() == 1) return 0;
      throw InputError("the difference '" + name + "' must say its variable: " + join_or(names));
    }
    const auto found = std::find(names.begin(), names.end(), options_.variable);
    if (found == names.end())
      throw InputError("the difference '" + name + "' is over '" + options_.variable +
                       "', which is not a variable of the profile: " + join_or(names));
    return found - names.begin();
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(intervals) {
  return Declaration<Difference, Options>("intervals", "F(of) - F(against) for two intervals of a coarse variable.")
      .reference("Textbook: F(R) = -kT ln P(xi in R).")
      .parameter(
          "of", &Options::of, unit::coarse,
          "Interval [low, high) whose free energy is wanted; [2.8, -2.8] on a periodic variable goes through the "
          "end of the period.",
          required() | or_infinite())
      .parameter("against", &Options::against, unit::coarse, "Interval [low, high) it is compared with, likewise.",
                 required() | or_infinite())
      .parameter("variable", &Options::variable, unit::none,
                 "Name of the coarse variable; may be left out where the profile has only one.")
      .example("{type: intervals, of: [0, .inf], against: [-.inf, 0]}")
      .creates<Intervals>();
}

}  // namespace liftwell
