// SPDX-License-Identifier: MIT
// Dense layers of small networks, fused and in single precision: what the forward and the backward
// pass of a multilayer perceptron need, at the speed of the processor's multiply-add units.
//
// Matrices of activations have samples as rows. Every entry of a result is accumulated in the order
// of its inner index, whatever the number of rows, so a sample's numbers do not depend on the batch
// it is in. Results may differ in the last bits between instruction sets, not between threads.
//
// Why not BLAS: at a width of 128 the calls, the packing on every call and the activation functions
// applied in a pass of their own cost as much as the products themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <new>

namespace liftwell::dense {

using Count = std::int64_t;

/// A view of `rows` rows of floats, `stride` apart. Rows are padded (see Buffer), and the padding of
/// an operand must be finite because it is multiplied by zeros.
struct Rows {
  float* data = nullptr;
  Count rows = 0;
  Count stride = 0;
  explicit operator bool() const { return data != nullptr; }
  [[nodiscard]] float* row(Count r) const { return data + r * stride; }
};

/// Owns rows of floats, zero at first. The stride is the width rounded up to whole vectors, and an
/// odd number of cache lines so that a column does not fall into few cache sets.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Count rows, Count width);
  [[nodiscard]] Rows rows() const { return {storage_.get(), rows_, stride_}; }
  [[nodiscard]] Rows first(Count rows) const { return {storage_.get(), rows, stride_}; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Release {
    void operator()(float* memory) const { ::operator delete(memory, alignment); }
  };
  std::unique_ptr<float, Release> storage_;
  Count rows_ = 0;
  Count stride_ = 0;
};

/// A depth x columns matrix M and a row of biases, laid out for multiplication from the left.
class Weights {
 public:
  Weights() = default;
  Weights(Count depth, Count columns);

  /// M(k, j) = source[k * depth_step + j * column_step].
  void pack(const float* source, Count depth_step, Count column_step);
  void set_bias(const float* bias);

  [[nodiscard]] Count depth() const { return depth_; }
  [[nodiscard]] Count columns() const { return columns_; }
  /// Row k0 of the panel that starts at column `panel` * panel_width().
  [[nodiscard]] const float* panel(Count index, Count k0) const;
  [[nodiscard]] Count panels() const;
  [[nodiscard]] const float* bias() const { return bias_.rows().data; }
  static Count panel_width();

 private:
  Count depth_ = 0;
  Count columns_ = 0;
  Buffer panels_;
  Buffer bias_;
};

/// The rows k0 … k0 + count − 1 of a layer's matrix, for inputs that are a part of the whole.
struct Part {
  Count first = 0;
  Count count = 0;
};

/// What a product is added to: nothing, one padded row for all samples, or a row for each.
struct Start {
  Start() = default;
  Start(const float* shared) : data(shared) {}                // NOLINT: a row is a start
  Start(Rows each) : data(each.data), stride(each.stride) {}  // NOLINT: so are rows
  [[nodiscard]] Start from(Count row) const { return {data == nullptr ? nullptr : data + row * stride, stride}; }
  const float* data = nullptr;
  Count stride = 0;

 private:
  Start(const float* first, Count step) : data(first), stride(step) {}
};

/// out = start + a M[part].
void affine(Rows a, const Weights& m, Part part, Start start, Rows out);

/// out(s, j) = a(s, j) + row[j].
void add_row(Rows a, const float* row, Count columns, Rows out);

/// out(s, j) = a(s, j) b(s, j). `out` may be `a` or `b`.
void multiply(Rows a, Rows b, Count columns, Rows out);

/// out(s, j) = a(s, j) (1 + by(s, j)). `out` may be `a`.
void scale(Rows a, Rows by, Count columns, Rows out);

/// u = start + a M[part]; out = skip + silu(u); slope = silu'(u); curvature = silu''(u). All but `out` may
/// be empty, `skip` may be `a` but not `out`. silu(u) = u / (1 + exp(−u)); relative error below
/// 2e-7 (1 + |u|) for u > −43, absolute error below 1e-17 beyond.
void silu(Rows a, const Weights& m, Part part, Start start, Rows skip, Rows out, Rows slope, Rows curvature = {});

/// A scale and a shift for each entry of a layer. Sample s takes them from row which[s], or from row s
/// where `which` is null.
struct Modulation {
  Rows scale, shift;
  const Count* which = nullptr;
};

/// v = (1 + scale) u + shift, entry by entry; out = skip + silu(v); slope = silu'(v). `skip` and `slope` may
/// be empty, `out` may be `u`.
void modulated_silu(Rows u, Modulation by, Rows skip, Count columns, Rows out, Rows slope);

/// gradient = skip + delta M, delta_before = gradient * slope + plus, element by element. `skip` may be empty
/// or `gradient`, `plus` may be empty.
void backward(Rows delta, const Weights& m, Rows skip, Rows slope, Rows gradient, Rows delta_before, Rows plus = {});

/// u = a M[part]; out = skip + u * slope, element by element: how a direction passes through `silu`. `skip`
/// may be empty or `a`, but not `out`. bend = u * second, unless both are empty.
void tangent(Rows a, const Weights& m, Part part, Rows skip, Rows slope, Rows out, Rows second = {}, Rows bend = {});

/// sum[j * stride + k] += sum over samples of delta(s, j) a(s, k), for j < outputs and k < inputs.
void add_outer(Rows delta, Rows a, Count outputs, Count inputs, float* sum, Count stride);

/// sum[j] += sum over samples of delta(s, j), for j < outputs.
void add_columns(Rows delta, Count outputs, float* sum);

/// sines[i] = sin(frequencies[i] * x) and cosines[i] alike, for i < count.
void fourier(float x, const float* frequencies, Count count, float* sines, float* cosines);

/// One step of Adam (Kingma & Ba, ICLR 2015, arXiv 1412.6980, algorithm 1) on `count` numbers.
/// `rate` and `epsilon` already contain the corrections for the moments' start at zero.
struct AdamStep {
  float rate, epsilon, beta1, beta2, gradient_scale, average_decay;
};
/// Also moves the exponential average `average` of the weights.
void adam(const AdamStep& step, Count count, const float* gradient, float* weights, float* first, float* second,
          float* average);

}  // namespace liftwell::dense
