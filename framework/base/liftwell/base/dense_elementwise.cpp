// SPDX-License-Identifier: MIT
// What is done entry by entry: sums, features, modulation, Adam.
#include <algorithm>

#include "liftwell/base/dense_lanes.hpp"

namespace liftwell::dense {

void add_row(Rows a, const float* row, Count columns, Rows out) {
  for (Count s = 0; s < a.rows; ++s)
    for (Count column = 0; column < columns; column += lanes)
      store(hn::Add(load(a, s, column), hn::LoadU(floats, row + column)), out, s, column);
}

void multiply(Rows a, Rows b, Count columns, Rows out) {
  for (Count s = 0; s < a.rows; ++s)
    for (Count column = 0; column < columns; column += lanes)
      store(hn::Mul(load(a, s, column), load(b, s, column)), out, s, column);
}

void scale(Rows a, Rows by, Count columns, Rows out) {
  for (Count s = 0; s < a.rows; ++s)
    for (Count column = 0; column < columns; column += lanes) {
      const F x = load(a, s, column);
      store(hn::MulAdd(x, load(by, s, column), x), out, s, column);
    }
}

void modulated_silu(Rows u, Modulation by, Rows skip, Count columns, Rows out, Rows slope) {
  for (Count row = 0; row < u.rows; ++row) {
    const Count from = by.which == nullptr ? row : by.which[row];
    const auto modulated = [&](Count column) {
      const F x = load(u, row, column);
      return hn::MulAdd(x, load(by.scale, from, column), hn::Add(x, load(by.shift, from, column)));
    };
    const auto put = [&](F v, F s, Count column) {
      if (slope) store(silu_slope(v, s), slope, row, column);
      store(skip ? hn::MulAdd(v, s, load(skip, row, column)) : hn::Mul(v, s), out, row, column);
    };
    for (Count column = 0; column < columns; column += panel_floats) {
      const F v = modulated(column);
      const F w = modulated(column + lanes);
      F of_v, of_w;
      logistic(v, w, of_v, of_w);
      put(v, of_v, column);
      put(w, of_w, column + lanes);
    }
  }
}

void add_columns(Rows delta, Count outputs, float* sum) {
  for (Count column = 0; column < outputs; column += lanes) {
    const auto width = static_cast<std::size_t>(std::min(lanes, outputs - column));
    HWY_ALIGN float edge[lanes] = {};
    std::copy_n(sum + column, width, edge);
    F total = hn::Load(floats, edge);
    for (Count row = 0; row < delta.rows; ++row) total = hn::Add(total, load(delta, row, column));
    hn::Store(total, floats, edge);
    std::copy_n(edge, width, sum + column);
  }
}

void fourier(float x, const float* frequencies, Count count, float* sines, float* cosines) {
  HWY_ALIGN float in[lanes] = {};
  HWY_ALIGN float sine[lanes];
  HWY_ALIGN float cosine[lanes];
  for (Count i = 0; i < count; i += lanes) {
    const auto width = static_cast<std::size_t>(std::min(lanes, count - i));
    std::copy_n(frequencies + i, width, in);
    const F angle = hn::Mul(hn::Load(floats, in), hn::Set(floats, x));
    hn::Store(hn::Sin(floats, angle), floats, sine);
    hn::Store(hn::Cos(floats, angle), floats, cosine);
    std::copy_n(sine, width, sines + i);
    std::copy_n(cosine, width, cosines + i);
  }
}

void adam(const AdamStep& step, Count count, const float* gradient, float* weights, float* first, float* second,
          float* average) {
  const F keep1 = hn::Set(floats, 1.0F - step.beta1);
  const F keep2 = hn::Set(floats, 1.0F - step.beta2);
  const F keep_average = hn::Set(floats, 1.0F - step.average_decay);
  const F epsilon = hn::Set(floats, step.epsilon);
  // One vector's worth at the end passes through copies, so that every number sees the same operations.
  HWY_ALIGN float edge[5][lanes] = {};
  for (Count i = 0; i < count; i += lanes) {
    const auto width = static_cast<std::size_t>(std::min(lanes, count - i));
    const bool whole = width == static_cast<std::size_t>(lanes);
    float* const parts[] = {weights + i, first + i, second + i, average + i};
    if (!whole) {
      for (int p = 0; p < 4; ++p) std::copy_n(parts[p], width, edge[p]);
      std::copy_n(gradient + i, width, edge[4]);
    }
    const auto at = [&](int p) { return whole ? parts[p] : edge[p]; };
    const F g = hn::Mul(hn::LoadU(floats, whole ? gradient + i : edge[4]), hn::Set(floats, step.gradient_scale));
    F w = hn::LoadU(floats, at(0));
    F m = hn::LoadU(floats, at(1));
    F v = hn::LoadU(floats, at(2));
    F mean = hn::LoadU(floats, at(3));
    m = hn::MulAdd(keep1, hn::Sub(g, m), m);
    v = hn::MulAdd(keep2, hn::Sub(hn::Mul(g, g), v), v);
    w = hn::Sub(w, hn::Div(hn::Mul(hn::Set(floats, step.rate), m), hn::Add(hn::Sqrt(v), epsilon)));
    mean = hn::MulAdd(keep_average, hn::Sub(w, mean), mean);
    const F results[] = {w, m, v, mean};
    for (int p = 0; p < 4; ++p) hn::StoreU(results[p], floats, at(p));
    if (!whole) {
      for (int p = 0; p < 4; ++p) std::copy_n(edge[p], width, parts[p]);
    }
  }
}

}  // namespace liftwell::dense
