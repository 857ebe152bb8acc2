// SPDX-License-Identifier: MIT
// Vectors of 4, 8 or 16 floats for the kernels of dense.hpp. Include only from their .cpp files.
#pragma once

#include "liftwell/base/dense.hpp"
#include "liftwell/base/simd.hpp"
// After simd.hpp, which settles the instruction set.
#include <hwy/contrib/math/math-inl.h>

namespace liftwell::dense {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using Integers = hn::RebindToSigned<Floats>;
using F = hn::Vec<Floats>;
inline constexpr Floats floats{};
inline constexpr Integers integers{};
inline constexpr Count lanes = static_cast<Count>(hn::MaxLanes(floats));

// A tile of results lives in registers: tile_rows x 2 vectors, with room for one row of M and one
// broadcast. 16 registers with SSE and AVX2, 32 with AVX-512.
inline constexpr int tile_rows = HWY_MAX_BYTES >= 64 ? 12 : 6;
inline constexpr int tile_vectors = 2;
inline constexpr Count panel_floats = tile_vectors * lanes;

inline Count whole_panels(Count width) { return (width + panel_floats - 1) / panel_floats; }

/// exp(-x) for |x| < 43 (clamped there, so that a product of two is finite) by 2^n 2^f with a polynomial
/// for |f| <= 1/2.
HWY_INLINE F exp_minus(F x) {
  const F y =
      hn::Max(hn::Min(hn::Mul(x, hn::Set(floats, -1.44269504F)), hn::Set(floats, 63.0F)), hn::Set(floats, -63.0F));
  // Adding 1.5 * 2^23 leaves round(y) in the low bits of the sum.
  const F magic = hn::Set(floats, 12582912.0F);
  const F shifted = hn::Add(y, magic);
  const F f = hn::Sub(y, hn::Sub(shifted, magic));
  // Minimax polynomial of 2^f: relative error 9e-8 before rounding.
  F p = hn::Set(floats, 0.00132647271F);
  p = hn::MulAdd(p, f, hn::Set(floats, 0.00967151264F));
  p = hn::MulAdd(p, f, hn::Set(floats, 0.0555073374F));
  p = hn::MulAdd(p, f, hn::Set(floats, 0.240222421F));
  p = hn::MulAdd(p, f, hn::Set(floats, 0.693146978F));
  p = hn::MulAdd(p, f, hn::Set(floats, 1.0F));
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(integers, shifted));
  return hn::BitCast(floats, hn::Add(hn::BitCast(integers, p), exponent));
}

/// 1/(1 + exp(-x)) of two vectors for one division, the slowest instruction here.
HWY_INLINE void logistic(F x, F y, F& of_x, F& of_y) {
  const F one = hn::Set(floats, 1.0F);
  const F a = hn::Add(one, exp_minus(x));
  const F b = hn::Add(one, exp_minus(y));
  const F r = hn::Div(one, hn::Mul(a, b));
  of_x = hn::Mul(b, r);
  of_y = hn::Mul(a, r);
}

/// silu'(u) and silu''(u) for the logistic function s of u.
HWY_INLINE F silu_slope(F u, F s) {
  const F one = hn::Set(floats, 1.0F);
  return hn::Mul(s, hn::MulAdd(u, hn::Sub(one, s), one));
}
HWY_INLINE F silu_curvature(F u, F s) {
  const F one = hn::Set(floats, 1.0F);
  const F two = hn::Set(floats, 2.0F);
  return hn::Mul(hn::Mul(s, hn::Sub(one, s)), hn::MulAdd(u, hn::NegMulAdd(two, s, one), two));
}

HWY_INLINE F load(Rows rows, Count row, Count column) { return hn::LoadU(floats, rows.row(row) + column); }
HWY_INLINE void store(F value, Rows rows, Count row, Count column) {
  hn::StoreU(value, floats, rows.row(row) + column);
}

}  // namespace liftwell::dense
