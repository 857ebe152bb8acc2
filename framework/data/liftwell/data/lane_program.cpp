// SPDX-License-Identifier: MIT
#include "liftwell/data/lane_program.hpp"

#include <algorithm>
#include <limits>

#include "liftwell/base/error.hpp"
#include "liftwell/base/vector_math.hpp"

// After simd.hpp, which says which instructions Highway may use.
#include <hwy/contrib/math/math-inl.h>

namespace liftwell {

/// Where the registers are for the lanes at hand. A constant is one vector: its mask keeps lane numbers at 0.
struct LaneProgram::Registers {
  struct Register {
    double* data;
    Index mask;
  };
  std::vector<Register> all;
};

namespace {

/// Lanes of one run: 1 kB per register.
constexpr Index run_lanes = 128;
constexpr Index every_lane = ~Index{0};

/// out = f(operands…), lane by lane. Where registers are is copied first: for all the compiler knows, the
/// stores could change it.
template <class Function, class... Register>
HWY_INLINE void each(Index count, double* out, Function f, const Register... in) {
  using namespace simd;
  const Index step = width();
#pragma GCC unroll 4
  for (Index lane = 0; lane < count; lane += step)
    hn::Store(f(hn::Load(doubles, in.data + (lane & in.mask))...), doubles, out + lane);
}

HWY_INLINE simd::V exponential(simd::V x) {
  using namespace simd;
  return exp_in_range(hn::Min(set(709.0), hn::Max(set(-708.0), x)));  // in this order they hand on a NaN in x
}

}  // namespace

void LaneProgram::carry_out(const Instruction& instruction, const Registers& registers, Index count) {
  using namespace simd;
  const auto at = [&](std::int32_t number) -> const Registers::Register& {
    return registers.all[static_cast<std::size_t>(number < 0 ? 0 : number)];
  };
  double* const out = at(instruction.out).data;
  const Registers::Register a = at(instruction.in[0]), b = at(instruction.in[1]), c = at(instruction.in[2]);
  switch (instruction.code) {
    case Code::copy:
      return each(
          count, out, [](V x) { return x; }, a);
    case Code::multiply_add:
      return each(
          count, out, [](V x, V y, V z) { return hn::MulAdd(x, y, z); }, a, b, c);
    case Code::multiply_subtract:
      return each(
          count, out, [](V x, V y, V z) { return hn::MulSub(x, y, z); }, a, b, c);
    case Code::subtract_product:
      return each(
          count, out, [](V x, V y, V z) { return hn::NegMulAdd(x, y, z); }, a, b, c);
    case Code::plain: break;
  }
  switch (instruction.operation) {
    case Operation::add:
      return each(
          count, out, [](V x, V y) { return hn::Add(x, y); }, a, b);
    case Operation::subtract:
      return each(
          count, out, [](V x, V y) { return hn::Sub(x, y); }, a, b);
    case Operation::multiply:
      return each(
          count, out, [](V x, V y) { return hn::Mul(x, y); }, a, b);
    case Operation::divide:
      return each(
          count, out, [](V x, V y) { return hn::Div(x, y); }, a, b);
    case Operation::minimum:
      return each(
          count, out, [](V x, V y) { return hn::Min(x, y); }, a, b);
    case Operation::maximum:
      return each(
          count, out, [](V x, V y) { return hn::Max(x, y); }, a, b);
    case Operation::less:
      return each(
          count, out, [](V x, V y) { return hn::IfThenElseZero(hn::Lt(x, y), set(1)); }, a, b);
    case Operation::negate:
      return each(
          count, out, [](V x) { return hn::Neg(x); }, a);
    case Operation::square_root:
      return each(
          count, out, [](V x) { return hn::Sqrt(x); }, a);
    case Operation::exponential:
      return each(
          count, out, [](V x) { return exponential(x); }, a);
    case Operation::logarithm:
      return each(
          count, out,
          [](V x) {
            // The vector function answers for what has no logarithm, and for infinity, too.
            constexpr double infinity = std::numeric_limits<double>::infinity();
            const V other = hn::IfThenElse(
                hn::Eq(x, set(infinity)), x,
                hn::IfThenElse(hn::Eq(x, set(0)), set(-infinity), set(std::numeric_limits<double>::quiet_NaN())));
            const auto usual = hn::And(hn::Gt(x, set(0)), hn::Lt(x, set(infinity)));
            return hn::IfThenElse(usual, hn::Log(doubles, x), other);
          },
          a);
    case Operation::sine:
      return each(
          count, out, [](V x) { return sine_cosine(x).sine; }, a);
    case Operation::cosine:
      return each(
          count, out, [](V x) { return sine_cosine(x).cosine; }, a);
    case Operation::hyperbolic_sine:
      return each(
          count, out, [](V x) { return hn::Sinh(doubles, x); }, a);
    case Operation::hyperbolic_tangent:
      return each(
          count, out, [](V x) { return hn::Tanh(doubles, x); }, a);
    case Operation::arc_sine:
      return each(
          count, out, [](V x) { return hn::Asin(doubles, x); }, a);
    case Operation::arc_cosine:
      return each(
          count, out, [](V x) { return hn::Acos(doubles, x); }, a);
    case Operation::arc_tangent:
      return each(
          count, out, [](V x) { return hn::Atan(doubles, x); }, a);
    case Operation::absolute:
      return each(
          count, out, [](V x) { return hn::Abs(x); }, a);
    case Operation::sign:
      return each(
          count, out,
          [](V x) {
            return hn::Sub(hn::IfThenElseZero(hn::Lt(set(0), x), set(1)),
                           hn::IfThenElseZero(hn::Lt(x, set(0)), set(1)));
          },
          a);
    case Operation::constant:
    case Operation::coordinate: break;
  }
}

void LaneProgram::run(ConstBlock x, std::span<double* const> outputs) const {
  ensure(x.rows() == coordinates_, "formulas got states of another dimension");
  ensure(static_cast<Index>(outputs.size()) == outputs_, "formulas got another number of outputs");
  thread_local BlockBuffer memory;
  thread_local Registers places;
  // Programs of one thread share the memory; what it held before does not matter.
  if (memory.block().rows() < intermediates_) memory.resize(intermediates_, run_lanes);
  const Block scratch = memory.block();
  Registers& registers = places;
  auto& all = registers.all;
  for (Index first = 0; first < x.lanes(); first += run_lanes) {
    all.clear();
    for (Index r = 0; r < coordinates_; ++r)
      all.push_back({const_cast<double*>(x.data()) + r * x.lanes() + first, every_lane});
    const ConstBlock constants = constants_.block();
    for (Index r = 0; r < constants.rows(); ++r)
      all.push_back({const_cast<double*>(constants.data()) + r * constants.lanes(), 0});
    for (double* const output : outputs) all.push_back({output + first, every_lane});
    for (Index r = 0; r < intermediates_; ++r) all.push_back({scratch.row(r).data(), every_lane});
    const Index count = std::min(run_lanes, x.lanes() - first);
    for (const Instruction& instruction : instructions_) carry_out(instruction, registers, count);
  }
}

void LaneProgram::run(ConstBlock x, Block out) const {
  thread_local std::vector<double*> rows;
  rows.clear();
  for (Index r = 0; r < out.rows(); ++r) rows.push_back(out.data() + r * out.lanes());
  run(x, rows);
}

}  // namespace liftwell
