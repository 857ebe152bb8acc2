// SPDX-License-Identifier: MIT
// A plug-in with a family of its own, which liftwell has never heard of.
#include <liftwell/registry/registry.hpp>

namespace {

struct Gauge {
  static liftwell::FamilyInfo family() { return {"gauge", "gauges", "Measures something.", ""}; }
  virtual ~Gauge() = default;
};

struct Options {
  double rate = 1;
};

struct Plain final : Gauge {
  explicit Plain(const Options&) {}
};

}  // namespace

LIFTWELL_COMPONENT(plain) {
  return liftwell::Declaration<Gauge, Options>("plain", "Measures nothing.")
      .reference("Textbook: none.")
      .parameter("rate", &Options::rate, liftwell::unit::dimensionless, "How often.", liftwell::above(0))
      .example("{type: plain, rate: 2}")
      .creates<Plain>();
}
