// SPDX-License-Identifier: MIT
// One coordinate of the state as coarse variable.
#include <string>

#include "liftwell/families/coarse_variable.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t index = 0;
};

/// ξ(x) = x_index, counted from 0.
class Coordinate final : public CoarseVariable {
 public:
  explicit Coordinate(const Options& options) : index_(options.index) {}

  [[nodiscard]] std::string misfit(Index dimension) const override {
    if (index_ < dimension) return {};
    return "index " + std::to_string(index_) + " needs a system of at least " + std::to_string(index_ + 1) +
           " dimensions, this one has " + std::to_string(dimension);
  }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    Row(value, x.lanes()) = x.row(index_);
    if (gradient.rows() == 0) return;
    gradient.flat().setZero();
    gradient.row(index_).setOnes();
  }

 private:
  Index index_;
};

}  // namespace

LIFTWELL_COMPONENT(coordinate) {
  return Declaration<CoarseVariable, Options>("coordinate", "One coordinate of the state.")
      .reference("Textbook: xi(x) = x_i.")
      .parameter("index", &Options::index, unit::none, "Which coordinate, counted from 0.", required() | at_least(0))
      .example("{type: coordinate, index: 0}")
      .creates<Coordinate>();
}

}  // namespace liftwell
