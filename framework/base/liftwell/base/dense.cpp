// SPDX-License-Identifier: MIT
// Register-blocked products with fused activations, on vectors of 4, 8 or 16 floats.
#include "liftwell/base/dense.hpp"

#include <algorithm>

#include "liftwell/base/dense_lanes.hpp"

namespace liftwell::dense {
namespace {

/// acc[i][v] += sum_k a(i, k) b(k, v), with a(i, k) = a[i * row_step + k * depth_step].
template <int rows, int vectors>
HWY_INLINE void accumulate(F (&acc)[rows][vectors], Count depth, const float* HWY_RESTRICT a, Count row_step,
                           Count depth_step, const float* HWY_RESTRICT b, Count b_step) {
  for (Count k = 0; k < depth; ++k, a += depth_step, b += b_step) {
    F row[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) row[v] = hn::LoadU(floats, b + v * lanes);
#pragma GCC unroll 12
    for (int i = 0; i < rows; ++i) {
      const F value = hn::Set(floats, a[i * row_step]);
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) acc[i][v] = hn::MulAdd(value, row[v], acc[i][v]);
    }
  }
}

/// Calls tile<rows>(first) so that the counts add up to `count`, most of them tile_rows, the rest
/// split into two equal parts rather than one thin one that would wait for its own results.
template <class Tile>
HWY_INLINE void for_row_groups(Count count, const Tile& tile) {
  Count row = 0;
  const auto one = [&](Count rows) {
    switch (rows) {
      case 1: tile.template operator()<1>(row); break;
      case 2: tile.template operator()<2>(row); break;
      case 3: tile.template operator()<3>(row); break;
      case 4: tile.template operator()<4>(row); break;
      case 5: tile.template operator()<5>(row); break;
      default: tile.template operator()<6>(row); break;
    }
    row += rows;
  };
  while (count - row >= 2 * tile_rows || count - row == tile_rows) {
    tile.template operator()<tile_rows>(row);
    row += tile_rows;
  }
  while (row < count) {
    const Count rest = count - row;
    one(rest <= 6 ? rest : rest < 12 ? (rest + 1) / 2 : 6);
  }
}

/// Rows that stay in the first-level cache while the panels of M go past.
constexpr Count rows_together = 24;

/// out = start + a M for one panel of M. Kept out of line: inlined next to the activations, the compiler
/// runs out of registers and spills the tile.
template <int vectors>
HWY_NOINLINE void product_panel(Rows a, const float* panel, Count depth, Start start, Rows out, Count column) {
  for_row_groups(a.rows, [&]<int rows>(Count row) {
    F acc[rows][vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      if (start.stride == 0) {
        const F bias = start.data == nullptr ? hn::Zero(floats) : hn::LoadU(floats, start.data + column + v * lanes);
#pragma GCC unroll 12
        for (int i = 0; i < rows; ++i) acc[i][v] = bias;
      } else {
#pragma GCC unroll 12
        for (int i = 0; i < rows; ++i)
          acc[i][v] = hn::LoadU(floats, start.data + (row + i) * start.stride + column + v * lanes);
      }
    }
    accumulate<rows, vectors>(acc, depth, a.row(row), a.stride, 1, panel, panel_floats);
#pragma GCC unroll 12
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) hn::StoreU(acc[i][v], floats, out.row(row + i) + column + v * lanes);
    }
  });
}

Rows some(Rows rows, Count first, Count count) { return rows ? Rows{rows.row(first), count, rows.stride} : Rows{}; }

/// out = start + a M, and `finish(first, count)` for each block of rows while it is in the cache.
template <class Finish>
void product(Rows a, const Weights& m, Part part, Start start, Rows out, const Finish& finish) {
  for (Count first = 0; first < a.rows; first += rows_together) {
    const Count count = std::min(rows_together, a.rows - first);
    const Rows in = some(a, first, count);
    const Rows result = some(out, first, count);
    for (Count index = 0; index < m.panels(); ++index) {
      const Count column = index * panel_floats;
      const float* panel = m.panel(index, part.first);
      if (m.columns() - column <= lanes)
        product_panel<1>(in, panel, part.count, start.from(first), result, column);
      else
        product_panel<2>(in, panel, part.count, start.from(first), result, column);
    }
    finish(first, count);
  }
}

/// The sum over samples of one tile: outputs `first` …, inputs `column` … column + width - 1.
template <int rows>
HWY_NOINLINE void outer_tile(Rows delta, Rows a, Count first, Count column, Count width, float* out, Count stride) {
  HWY_ALIGN float edge[rows][panel_floats] = {};
  const bool whole = width == panel_floats;
  if (!whole) {
    for (int i = 0; i < rows; ++i) std::copy_n(out + i * stride, width, edge[i]);
  }
  float* const sum = whole ? out : edge[0];
  const Count step = whole ? stride : panel_floats;
  F acc[rows][tile_vectors];
#pragma GCC unroll 12
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < tile_vectors; ++v) acc[i][v] = hn::LoadU(floats, sum + i * step + v * lanes);
  }
  accumulate<rows, tile_vectors>(acc, a.rows, delta.data + first, 1, delta.stride, a.data + column, a.stride);
#pragma GCC unroll 12
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < tile_vectors; ++v) hn::StoreU(acc[i][v], floats, sum + i * step + v * lanes);
  }
  if (!whole) {
    for (int i = 0; i < rows; ++i) std::copy_n(edge[i], width, out + i * stride);
  }
}

}  // namespace

Buffer::Buffer(Count rows, Count width) : rows_(rows) {
  // The stride is a whole number of panels, in cache lines an odd one where a panel is one line.
  Count lines = (std::max<Count>(1, whole_panels(width)) * panel_floats + 15) / 16;
  lines += (lines % 2 == 0) ? 1 : 0;
  stride_ = lines * 16;
  // One more row than asked for, so that vectors read past the last one stay inside.
  const Count floats_needed = (rows + 1) * stride_;
  storage_.reset(
      static_cast<float*>(::operator new(static_cast<std::size_t>(floats_needed) * sizeof(float), alignment)));
  std::fill_n(storage_.get(), floats_needed, 0.0F);
}

Weights::Weights(Count depth, Count columns)
    : depth_(depth), columns_(columns), panels_(1, whole_panels(columns) * depth * panel_floats), bias_(1, columns) {}

Count Weights::panel_width() { return panel_floats; }
Count Weights::panels() const { return whole_panels(columns_); }
const float* Weights::panel(Count index, Count k0) const {
  return panels_.rows().data + (index * depth_ + k0) * panel_floats;
}

void Weights::pack(const float* source, Count depth_step, Count column_step) {
  float* out = panels_.rows().data;
  for (Count column = 0; column < columns_; column += panel_floats) {
    const Count width = std::min(panel_floats, columns_ - column);
    for (Count k = 0; k < depth_; ++k, out += panel_floats) {
      const float* from = source + k * depth_step + column * column_step;
      for (Count j = 0; j < width; ++j) out[j] = from[j * column_step];
    }
  }
}

void Weights::set_bias(const float* bias) { std::copy_n(bias, columns_, bias_.rows().data); }

void affine(Rows a, const Weights& m, Part part, Start start, Rows out) {
  product(a, m, part, start, out, [](Count, Count) {});
}

void silu(Rows a, const Weights& m, Part part, Start start, Rows skip, Rows out, Rows slope, Rows curvature) {
  product(a, m, part, start, out, [&](Count first, Count count) {
    const auto put = [&](F u, F s, Count row, Count column) {
      if (slope) store(silu_slope(u, s), slope, row, column);
      if (curvature) store(silu_curvature(u, s), curvature, row, column);
      store(skip ? hn::MulAdd(u, s, load(skip, row, column)) : hn::Mul(u, s), out, row, column);
    };
    for (Count row = first; row < first + count; ++row)
      for (Count column = 0; column < m.columns(); column += panel_floats) {
        const F u = load(out, row, column);
        const F v = load(out, row, column + lanes);
        F of_u, of_v;
        logistic(u, v, of_u, of_v);
        put(u, of_u, row, column);
        put(v, of_v, row, column + lanes);
      }
  });
}

void backward(Rows delta, const Weights& m, Rows skip, Rows slope, Rows gradient, Rows delta_before, Rows plus) {
  product(delta, m, {0, m.depth()}, Start(), delta_before, [&](Count first, Count count) {
    for (Count row = first; row < first + count; ++row)
      for (Count column = 0; column < m.columns(); column += lanes) {
        const F sum = load(delta_before, row, column);
        const F g = skip ? hn::Add(sum, load(skip, row, column)) : sum;
        store(g, gradient, row, column);
        const F steep = load(slope, row, column);
        store(plus ? hn::MulAdd(g, steep, load(plus, row, column)) : hn::Mul(g, steep), delta_before, row, column);
      }
  });
}

void tangent(Rows a, const Weights& m, Part part, Rows skip, Rows slope, Rows out, Rows second, Rows bend) {
  product(a, m, part, Start(), out, [&](Count first, Count count) {
    for (Count row = first; row < first + count; ++row)
      for (Count column = 0; column < m.columns(); column += lanes) {
        const F before = skip ? load(skip, row, column) : hn::Zero(floats);
        const F u = load(out, row, column);
        if (bend) store(hn::Mul(u, load(second, row, column)), bend, row, column);
        store(hn::MulAdd(u, load(slope, row, column), before), out, row, column);
      }
  });
}

void add_outer(Rows delta, Rows a, Count outputs, Count inputs, float* sum, Count stride) {
  // A few panels of inputs at a time, so that they stay in the first-level cache.
  constexpr Count together = 4 * panel_floats;
  for (Count begin = 0; begin < inputs; begin += together) {
    const Count end = std::min(inputs, begin + together);
    for_row_groups(outputs, [&]<int rows>(Count first) {
      for (Count column = begin; column < end; column += panel_floats)
        outer_tile<rows>(delta, a, first, column, std::min(panel_floats, end - column), sum + first * stride + column,
                         stride);
    });
  }
}

}  // namespace liftwell::dense
