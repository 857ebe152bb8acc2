// SPDX-License-Identifier: MIT
// Highway for vectors of double whose lanes are walkers. Static dispatch: the instruction set is the
// build's. Include only from .cpp files and from headers that only .cpp files include.
#pragma once

// Highway 1.0 asks for AES instructions before it believes in AVX2; x86-64-v3 does not name them.
#ifndef HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLE_PCLMUL_AES
#endif
#include <hwy/highway.h>

namespace liftwell::simd {

namespace hn = hwy::HWY_NAMESPACE;

/// Up to 8 doubles; never more, because tiles are padded to multiples of 8 walkers.
using Doubles = hn::CappedTag<double, 8>;
using Words = hn::RebindToUnsigned<Doubles>;
using HalfWords = hn::Repartition<std::uint32_t, Words>;
using V = hn::Vec<Doubles>;
using W = hn::Vec<Words>;

inline constexpr Doubles doubles{};
inline constexpr Words words{};
inline constexpr HalfWords half_words{};

HWY_INLINE V set(double value) { return hn::Set(doubles, value); }
HWY_INLINE W bits(V v) { return hn::BitCast(words, v); }
HWY_INLINE V from_bits(W w) { return hn::BitCast(doubles, w); }
HWY_INLINE std::int64_t width() { return static_cast<std::int64_t>(hn::Lanes(doubles)); }

/// c[0] + c[1] x + … + c[N-1] x^(N-1), Horner.
template <std::size_t N>
HWY_INLINE V polynomial(V x, const double (&c)[N]) {
  V sum = set(c[N - 1]);
#pragma GCC unroll 16
  for (std::size_t i = N - 1; i > 0; --i) sum = hn::MulAdd(sum, x, set(c[i - 1]));
  return sum;
}

}  // namespace liftwell::simd
