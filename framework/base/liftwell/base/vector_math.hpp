// SPDX-License-Identifier: MIT
// exp, sin and cos of vectors of double, to about one unit in the last place.
#pragma once

#include <numbers>

#include "liftwell/base/simd.hpp"

namespace liftwell::simd {

/// e^x for -708 <= x <= 709 (the caller clamps; NaN stays NaN). x = n ln 2 + r, |r| <= ln 2 / 2;
/// e^r from a Chebyshev interpolant of (e^r - 1 - r) / r^2 with relative error 2e-16.
HWY_INLINE V exp_in_range(V x) {
  // Adding this number rounds to an integer, and leaves that integer, biased as an exponent is, in
  // the lowest bits of the sum.
  constexpr double rounder = 6755399441055744.0 + 1023.0;
  const V shifted = hn::MulAdd(x, set(std::numbers::log2e), set(rounder));
  const V n = hn::Sub(shifted, set(rounder));
  constexpr double ln2_high = 0x1.62e42fefa39efp-1;
  constexpr double ln2_low = 0x1.abc9e3b39803fp-56;
  const V r = hn::NegMulAdd(n, set(ln2_low), hn::NegMulAdd(n, set(ln2_high), x));
  static constexpr double c[] = {1.0,
                                 1.0,
                                 0.5000000000000001,
                                 0.16666666666666669,
                                 0.041666666666624164,
                                 0.008333333333330065,
                                 0.0013888888917196719,
                                 0.00019841269863040545,
                                 2.4801521322368692e-05,
                                 2.7557268480310024e-06,
                                 2.7620075879983367e-07,
                                 2.5100375832561234e-08};
  const V two_to_n = from_bits(hn::ShiftLeft<52>(bits(shifted)));
  return hn::Mul(polynomial(r, c), two_to_n);
}

/// As exp_in_range for x <= 709, 0 (to 1e-307) below -708.
HWY_INLINE V exp_of_negative(V x) {
  return exp_in_range(hn::Max(set(-708.0), x));  // in this order Max hands on a NaN in x
}

/// As exp_in_range for x >= -708; above 709 it stays at e^709 = 8e307, so that the energy of a
/// walker that has left every basin overflows instead of wrapping round.
HWY_INLINE V exp_of_positive(V x) { return exp_in_range(hn::Min(set(709.0), x)); }

struct SineCosine {
  V sine, cosine;
};

/// sin x and cos x for |x| < 1e9. x = n pi + r, |r| <= pi/2.
HWY_INLINE SineCosine sine_cosine(V x) {
  constexpr double rounder = 6755399441055744.0;
  const V shifted = hn::MulAdd(x, set(std::numbers::inv_pi), set(rounder));
  const V n = hn::Sub(shifted, set(rounder));
  constexpr double pi_high = 0x1.921fb54442d18p+1;
  constexpr double pi_low = 0x1.1a62633145c07p-53;
  const V r = hn::NegMulAdd(n, set(pi_low), hn::NegMulAdd(n, set(pi_high), x));
  const V z = hn::Mul(r, r);
  static constexpr double s[] = {1.0,
                                 -0.16666666666666666,
                                 0.008333333333333186,
                                 -0.00019841269841208638,
                                 2.7557319211223257e-06,
                                 -2.505210688997513e-08,
                                 1.6058940847832492e-10,
                                 -7.643025738964345e-13,
                                 2.7215660921125597e-15};
  static constexpr double c[] = {1.0,
                                 -0.5,
                                 0.04166666666666666,
                                 -0.001388888888888853,
                                 2.4801587301492586e-05,
                                 -2.755731920964734e-07,
                                 2.087675566605353e-09,
                                 -1.1470670142864075e-11,
                                 4.776871733415368e-14,
                                 -1.51197786600161e-16};
  const W odd = hn::ShiftLeft<63>(bits(shifted));
  const V sine = hn::Mul(r, polynomial(z, s));
  const V cosine = polynomial(z, c);
  return {from_bits(hn::Xor(bits(sine), odd)), from_bits(hn::Xor(bits(cosine), odd))};
}

}  // namespace liftwell::simd
