// SPDX-License-Identifier: MIT
// Maximum mean discrepancy between generated and true conditional laws.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "two_sample_check.hpp"

namespace liftwell {
namespace {

struct Options : TwoSampleOptions {
  std::int64_t features = 256;
  std::optional<double> bandwidth;
};

/// Median distance of pairs among at most 500 states; the mean where most of them coincide.
double median_distance(const Matrix& states) {
  const Matrix some = evenly(states, 500);
  std::vector<double> distances;
  for (Index i = 0; i < some.rows(); ++i)
    for (Index j = 0; j < i; ++j) distances.push_back((some.row(i) - some.row(j)).norm());
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  if (*middle > 0) return *middle;
  return std::accumulate(distances.begin(), distances.end(), 0.0) / static_cast<double>(distances.size());
}

/// MMD² = |mean φ(x) − mean φ(y)|² with φ the cosines and sines of ω·x, ω normal of deviation
/// 1/bandwidth, divided by the square root of their number: on average over ω the squared discrepancy
/// for the kernel exp(−|x − y|²/2 bandwidth²), all pairs counted (V-statistic).
class Features final : public PooledSample {
 public:
  Features(const Matrix& states, const Eigen::MatrixXf& frequencies)
      : states_(states.cast<float>()), frequencies_(frequencies) {}

  Matrix distances(const std::vector<Division>& divisions) const override {
    constexpr Index most = 128;  // short sums keep single precision accurate
    const auto count = static_cast<Index>(divisions.size());
    const Index features = frequencies_.cols();
    Vector first(count), second(count);
    for (Index p = 0; p < count; ++p) {
      const Division& division = divisions[static_cast<std::size_t>(p)];
      first[p] = static_cast<double>(std::count(division.begin(), division.end(), std::uint8_t{1}));
      second[p] = static_cast<double>(division.size()) - first[p];
    }
    Matrix sums = Matrix::Zero(2 * features, count);
    Eigen::MatrixXf waves, v;
    for (Index from = 0; from < states_.rows(); from += most) {
      const Index rows = std::min(most, states_.rows() - from);
      const Eigen::MatrixXf phases = states_.middleRows(from, rows) * frequencies_;
      waves.resize(rows, 2 * features);
      waves.leftCols(features) = phases.array().cos();
      waves.rightCols(features) = phases.array().sin();
      v.resize(rows, count);
      for (Index p = 0; p < count; ++p)
        for (Index i = 0; i < rows; ++i)
          v(i, p) = static_cast<float>(divisions[static_cast<std::size_t>(p)][static_cast<std::size_t>(from + i)] != 0
                                           ? 1 / first[p]
                                           : -1 / second[p]);
      sums += (waves.transpose() * v).cast<double>();
    }
    return sums.colwise().squaredNorm() / static_cast<double>(features);
  }

 private:
  FloatMatrix states_;
  const Eigen::MatrixXf& frequencies_;
};

class Discrepancy final : public SampleDistance {
 public:
  explicit Discrepancy(Eigen::MatrixXf frequencies) : frequencies_(std::move(frequencies)) {}
  std::unique_ptr<PooledSample> pool(const Matrix& states) const override {
    return std::make_unique<Features>(states, frequencies_);
  }

 private:
  Eigen::MatrixXf frequencies_;  ///< coordinates x features
};

/// A kernel of finitely many random frequencies is a kernel too: the p-value is exact for it, at a
/// cost linear in the number of states.
class Mmd final : public TwoSampleCheck {
 public:
  explicit Mmd(const Options& options) : options_(options) {}

 private:
  Naming naming() const override { return {"mmd", "Squared maximum mean discrepancy (Gaussian kernel)", ""}; }
  const TwoSampleOptions& options() const override { return options_; }
  std::unique_ptr<SampleDistance> distance(const Matrix& scale, const RandomStream& stream) const override {
    const double bandwidth = options_.bandwidth.value_or(median_distance(scale));
    RandomSequence random(stream, 0);
    Eigen::MatrixXf frequencies(scale.cols(), options_.features);
    for (float& frequency : frequencies.reshaped()) frequency = static_cast<float>(random.normal() / bandwidth);
    return std::make_unique<Discrepancy>(std::move(frequencies));
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(mmd) {
  return with_two_samples(
             Declaration<ConsistencyCheck, Options>(
                 "mmd", "Squared maximum mean discrepancy between generated and true conditional laws.")
                 .reference(
                     "Gretton et al., J. Mach. Learn. Res. 13, 723 (2012), eq. 5; random frequencies: Rahimi and "
                     "Recht, NIPS 2007."))
      .parameter("features", &Options::features, unit::none,
                 "Random frequencies of the kernel; its relative error is one over their square root.", at_least(16))
      .parameter("bandwidth", &Options::bandwidth, unit::dimensionless,
                 "Width of the Gaussian kernel in standard deviations of the coordinates; without it, the median "
                 "distance of true states.",
                 above(0))
      .example("{type: mmd, reference: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}}")
      .creates<Mmd>();
}

}  // namespace liftwell
