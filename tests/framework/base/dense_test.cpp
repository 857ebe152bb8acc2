// SPDX-License-Identifier: MIT
#include "liftwell/base/dense.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "liftwell/base/random.hpp"

namespace liftwell::dense {
namespace {

/// A buffer of made-up numbers and its padding as it should be.
Buffer filled(Count rows, Count width, const char* name) {
  Buffer buffer(rows, width);
  RandomSequence random(RandomStream::named(1, {name}), 0);
  for (Count r = 0; r < rows; ++r)
    for (Count k = 0; k < width; ++k) buffer.rows().row(r)[k] = static_cast<float>(random.normal());
  return buffer;
}

std::vector<float> numbers(Count count, const char* name) {
  std::vector<float> out;
  RandomSequence random(RandomStream::named(2, {name}), 0);
  for (Count i = 0; i < count; ++i) out.push_back(static_cast<float>(random.normal()));
  return out;
}

struct Layer {
  Count depth, columns;
  std::vector<float> matrix;  ///< columns x depth, as networks keep it
  std::vector<float> bias;
  Weights packed;
  Layer(Count depth_, Count columns_)
      : depth(depth_),
        columns(columns_),
        matrix(numbers(depth * columns, "matrix")),
        bias(numbers(columns, "bias")),
        packed(depth, columns) {
    packed.pack(matrix.data(), 1, depth);
    packed.set_bias(bias.data());
  }
  [[nodiscard]] double apply(const float* input, Count j) const {
    double sum = bias[static_cast<std::size_t>(j)];
    for (Count k = 0; k < depth; ++k)
      sum += static_cast<double>(input[k]) * static_cast<double>(matrix[static_cast<std::size_t>(j * depth + k)]);
    return sum;
  }
};

double silu_of(double u) { return u / (1 + std::exp(-u)); }

}  // namespace

TEST_CASE("A fused layer is bias, product, silu and skip in double precision", "[unit]") {
  const Count rows = GENERATE(1, 5, 13, 24, 64);
  const Count depth = GENERATE(3, 37);
  const Count columns = GENERATE(1, 3, 16, 40);
  const Layer layer(depth, columns);
  const Buffer input = filled(rows, depth, "input");
  const Buffer skip = filled(rows, columns, "skip");
  const Buffer out(rows, columns);
  const Buffer slope(rows, columns);
  silu(input.rows(), layer.packed, {0, depth}, layer.packed.bias(), skip.rows(), out.rows(), slope.rows());
  for (Count r = 0; r < rows; ++r)
    for (Count j = 0; j < columns; ++j) {
      const double u = layer.apply(input.rows().row(r), j);
      const double s = 1 / (1 + std::exp(-u));
      const double tolerance = 1e-5 * (1 + std::abs(u));
      CHECK(out.rows().row(r)[j] == Approx(skip.rows().row(r)[j] + silu_of(u)).margin(tolerance));
      CHECK(slope.rows().row(r)[j] == Approx(s * (1 + u * (1 - s))).margin(tolerance));
    }
}

TEST_CASE("The curvature of a fused layer is silu's second derivative", "[unit]") {
  const Layer layer(9, 21);
  const Buffer input = filled(30, 9, "input");
  const Buffer out(30, 21);
  const Buffer curvature(30, 21);
  silu(input.rows(), layer.packed, {0, 9}, layer.packed.bias(), {}, out.rows(), {}, curvature.rows());
  const double h = 1e-4;
  for (Count r = 0; r < 30; ++r)
    for (Count j = 0; j < 21; ++j) {
      const double u = layer.apply(input.rows().row(r), j);
      const double second = (silu_of(u + h) - 2 * silu_of(u) + silu_of(u - h)) / (h * h);
      CHECK(curvature.rows().row(r)[j] == Approx(second).margin(1e-5 * (1 + std::abs(u))));
    }
}

TEST_CASE("A modulated layer is scale, shift, silu and skip, each sample by its row", "[unit]") {
  const Count columns = GENERATE(3, 16, 37);
  const Buffer u = filled(10, columns, "u");
  const Buffer skip = filled(10, columns, "skip");
  const Buffer by = filled(10, columns, "scale");
  const Buffer shift = filled(10, columns, "shift");
  const Buffer out(10, columns);
  const Buffer slope(10, columns);
  const Buffer scaled(10, columns);
  const std::vector<Count> which{0, 0, 0, 1, 1, 5, 5, 5, 5, 9};
  const bool shared = GENERATE(false, true);
  modulated_silu(u.rows(), {by.rows(), shift.rows(), shared ? which.data() : nullptr}, skip.rows(), columns, out.rows(),
                 slope.rows());
  scale(u.rows(), by.rows(), columns, scaled.rows());
  for (Count r = 0; r < 10; ++r)
    for (Count j = 0; j < columns; ++j) {
      const Count from = shared ? which[static_cast<std::size_t>(r)] : r;
      const double v = (1.0 + by.rows().row(from)[j]) * u.rows().row(r)[j] + shift.rows().row(from)[j];
      const double s = 1 / (1 + std::exp(-v));
      const double tolerance = 1e-5 * (1 + std::abs(v));
      CHECK(out.rows().row(r)[j] == Approx(skip.rows().row(r)[j] + silu_of(v)).margin(tolerance));
      CHECK(slope.rows().row(r)[j] == Approx(s * (1 + v * (1 - s))).margin(tolerance));
      CHECK(scaled.rows().row(r)[j] == Approx((1.0 + by.rows().row(r)[j]) * u.rows().row(r)[j]).margin(1e-5));
    }
}

TEST_CASE("What second derivatives add to a layer's tangent and backward pass is added", "[unit]") {
  const Layer layer(9, 21);
  const Buffer input = filled(30, 9, "input");
  const Buffer slope = filled(30, 21, "slope");
  const Buffer second = filled(30, 21, "second");
  const Buffer plus = filled(30, 21, "plus");
  const Buffer out(30, 21);
  const Buffer bend(30, 21);
  tangent(input.rows(), layer.packed, {0, 9}, {}, slope.rows(), out.rows(), second.rows(), bend.rows());
  const Buffer gradient(30, 21);
  const Buffer before(30, 21);
  backward(input.rows(), layer.packed, {}, slope.rows(), gradient.rows(), before.rows(), plus.rows());
  for (Count r = 0; r < 30; ++r)
    for (Count j = 0; j < 21; ++j) {
      const double product = layer.apply(input.rows().row(r), j) - layer.bias[static_cast<std::size_t>(j)];
      CHECK(out.rows().row(r)[j] == Approx(product * slope.rows().row(r)[j]).margin(1e-4));
      CHECK(bend.rows().row(r)[j] == Approx(product * second.rows().row(r)[j]).margin(1e-4));
      CHECK(gradient.rows().row(r)[j] == Approx(product).margin(1e-4));
      CHECK(before.rows().row(r)[j] == Approx(product * slope.rows().row(r)[j] + plus.rows().row(r)[j]).margin(1e-4));
    }
}

TEST_CASE("A row's result has the same bits in every batch", "[unit]") {
  const Layer layer(37, 40);
  const Buffer input = filled(64, 37, "input");
  const Buffer together(64, 40);
  silu(input.rows(), layer.packed, {0, 37}, layer.packed.bias(), {}, together.rows(), {});
  for (Count r = 0; r < 64; ++r) {
    const Buffer alone(1, 40);
    const Rows row{input.rows().row(r), 1, input.rows().stride};
    silu(row, layer.packed, {0, 37}, layer.packed.bias(), {}, alone.rows(), {});
    for (Count j = 0; j < 40; ++j) CHECK(alone.rows().row(0)[j] == together.rows().row(r)[j]);
  }
}

TEST_CASE("Silu has the stated accuracy from -80 to 80", "[unit]") {
  Weights one(1, 1);
  const float unit = 1;
  one.pack(&unit, 1, 1);
  const Buffer input(1, 1);
  const Buffer out(1, 1);
  for (int i = -8000; i <= 8000; ++i) {
    const float u = static_cast<float>(i) / 100;
    input.rows().row(0)[0] = u;
    silu(input.rows(), one, {0, 1}, one.bias(), {}, out.rows(), {});
    CHECK(out.rows().row(0)[0] ==
          Approx(silu_of(static_cast<double>(u))).epsilon(2e-7 * (1 + std::abs(u))).margin(1e-17));
  }
}

TEST_CASE("Backward and outer products are the transposes of the forward product", "[unit]") {
  const Count rows = GENERATE(1, 7, 32);
  const Count depth = GENERATE(3, 40);    // outputs of the layer
  const Count columns = GENERATE(5, 37);  // its inputs
  const std::vector<float> matrix = numbers(depth * columns, "matrix");
  Weights transposed(depth, columns);
  transposed.pack(matrix.data(), columns, 1);
  const Buffer delta = filled(rows, depth, "delta");
  const Buffer slope = filled(rows, columns, "slope");
  const Buffer input = filled(rows, columns, "input");
  const Buffer gradient = filled(rows, columns, "skip");
  const Buffer skip = filled(rows, columns, "skip");
  const Buffer before(rows, columns);
  backward(delta.rows(), transposed, gradient.rows(), slope.rows(), gradient.rows(), before.rows());
  for (Count r = 0; r < rows; ++r)
    for (Count k = 0; k < columns; ++k) {
      double sum = skip.rows().row(r)[k];
      for (Count j = 0; j < depth; ++j)
        sum += static_cast<double>(delta.rows().row(r)[j]) *
               static_cast<double>(matrix[static_cast<std::size_t>(j * columns + k)]);
      CHECK(gradient.rows().row(r)[k] == Approx(sum).margin(1e-4));
      CHECK(before.rows().row(r)[k] == Approx(sum * slope.rows().row(r)[k]).margin(3e-4));
    }

  std::vector<float> outer(static_cast<std::size_t>(depth * columns), 1.0F);
  std::vector<float> sums(static_cast<std::size_t>(depth), 1.0F);
  add_outer(delta.rows(), input.rows(), depth, columns, outer.data(), columns);
  add_columns(delta.rows(), depth, sums.data());
  for (Count j = 0; j < depth; ++j) {
    double column = 1;
    for (Count r = 0; r < rows; ++r) column += delta.rows().row(r)[j];
    CHECK(sums[static_cast<std::size_t>(j)] == Approx(column).margin(1e-4));
    for (Count k = 0; k < columns; ++k) {
      double sum = 1;
      for (Count r = 0; r < rows; ++r)
        sum += static_cast<double>(delta.rows().row(r)[j]) * static_cast<double>(input.rows().row(r)[k]);
      CHECK(outer[static_cast<std::size_t>(j * columns + k)] == Approx(sum).margin(1e-4));
    }
  }
}

TEST_CASE("Fourier features are sines and cosines", "[unit]") {
  const std::vector<float> frequencies{0.5F, 1, 3, 7, 12, 0.1F, 2};
  std::vector<float> sines(7);
  std::vector<float> cosines(7);
  fourier(-1.3F, frequencies.data(), 7, sines.data(), cosines.data());
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(sines[i] == Approx(std::sin(-1.3 * frequencies[i])).margin(2e-6));
    CHECK(cosines[i] == Approx(std::cos(-1.3 * frequencies[i])).margin(2e-6));
  }
}

TEST_CASE("Adam takes the textbook step and moves the average", "[unit]") {
  const Count count = 21;
  const std::vector<float> gradient = numbers(count, "gradient");
  std::vector<float> weights = numbers(count, "weights");
  std::vector<float> first(21, 0.1F);
  std::vector<float> second(21, 0.2F);
  std::vector<float> average(21, 1.0F);
  const std::vector<float> before = weights;
  adam({0.01F, 1e-8F, 0.9F, 0.999F, 0.5F, 0.9F}, count, gradient.data(), weights.data(), first.data(), second.data(),
       average.data());
  for (std::size_t i = 0; i < 21; ++i) {
    const double g = 0.5 * gradient[i];
    const double m = 0.9 * 0.1 + 0.1 * g;
    const double v = 0.999 * 0.2 + 0.001 * g * g;
    const double w = before[i] - 0.01 * m / (std::sqrt(v) + 1e-8);
    CHECK(first[i] == Approx(m).margin(1e-6));
    CHECK(second[i] == Approx(v).epsilon(1e-5));
    CHECK(weights[i] == Approx(w).margin(1e-6));
    CHECK(average[i] == Approx(0.9 + 0.1 * w).margin(1e-6));
  }
}

}  // namespace liftwell::dense
