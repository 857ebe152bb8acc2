// SPDX-License-Identifier: MIT
// The Müller-Brown surface and its gradient for one vector of walkers, all in registers.
#pragma once

#include "liftwell/base/vector_math.hpp"

namespace liftwell::simd {

/// One term A exp[a (x − x0)² + b (x − x0)(y − y0) + c (y − y0)²] of the surface.
struct MullerBrownTerm {
  double amplitude, a, b, c, x0, y0;
};

/// K. Müller, L. D. Brown, Theor. Chim. Acta 53, 75 (1979), table 1.
inline constexpr MullerBrownTerm muller_brown_terms[] = {{-200, -1, 0, -10, 1, 0},
                                                         {-100, -1, 0, -10, 0, 0.5},
                                                         {-170, -6.5, 11, -6.5, -0.5, 1.5},
                                                         {15, 0.7, 0.6, 0.7, -1, 1}};

struct MullerBrownValue {
  V energy, slope_x, slope_y;
};

/// Adds one term. With p = dq/dx and s = dq/dy the exponent, a quadratic form, is q = (p dx + s dy) / 2.
template <int K>
HWY_INLINE void add_muller_brown_term(V x, V y, MullerBrownValue& sum) {
  constexpr MullerBrownTerm term = muller_brown_terms[K];
  const V dx = hn::Sub(x, set(term.x0));
  const V dy = hn::Sub(y, set(term.y0));
  V p = hn::Mul(dx, set(2 * term.a));
  V s = hn::Mul(dy, set(2 * term.c));
  if constexpr (term.b != 0) {
    p = hn::MulAdd(dy, set(term.b), p);
    s = hn::MulAdd(dx, set(term.b), s);
  }
  const V q = hn::Mul(set(0.5), hn::MulAdd(p, dx, hn::Mul(s, dy)));
  // The quadratic form is negative or positive definite, so one clamp each is enough.
  const V exponential = term.a < 0 ? exp_of_negative(q) : exp_of_positive(q);
  const V value = hn::Mul(set(term.amplitude), exponential);
  sum.energy = hn::Add(sum.energy, value);
  sum.slope_x = hn::MulAdd(value, p, sum.slope_x);
  sum.slope_y = hn::MulAdd(value, s, sum.slope_y);
}

HWY_INLINE MullerBrownValue muller_brown(V x, V y) {
  MullerBrownValue sum{set(0), set(0), set(0)};
  add_muller_brown_term<0>(x, y, sum);
  add_muller_brown_term<1>(x, y, sum);
  add_muller_brown_term<2>(x, y, sum);
  add_muller_brown_term<3>(x, y, sum);
  return sum;
}

}  // namespace liftwell::simd
