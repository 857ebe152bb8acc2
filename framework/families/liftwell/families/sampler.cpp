// SPDX-License-Identifier: MIT
#include "liftwell/families/sampler.hpp"

#include <cmath>
#include <limits>

#include "liftwell/base/error.hpp"

namespace liftwell {

const Matrix& SamplerNoise::step(std::int64_t number) {
  const Block block = buffer_.block();
  const Index dimension = block.rows();
  // Whole blocks of four positions a step: the generator makes four normals at a time.
  const auto stride = static_cast<std::uint64_t>((dimension + 3) / 4 * 4);
  fill_normals(stream_, first_sample_, static_cast<std::uint64_t>(number) * stride, dimension, block.lanes(),
               block.data(), block.lanes());
  for (Index i = 0; i < out_.rows(); ++i)
    for (Index k = 0; k < dimension; ++k) out_(i, k) = block(k, i);
  return out_;
}

Matrix starting_states(const NoiseProcess& noise, SamplerNoise& normals) {
  return normals.step(0) * std::hypot(1.0, noise.noise_level(1));
}

std::vector<double> noise_levels(const NoiseProcess& noise, double from, double to, std::int64_t steps,
                                 const LevelSpacing& spacing) {
  const auto place = [&](double level) {
    if (spacing.law == "logarithmic") return std::log(level);
    if (spacing.law == "time") return noise.time_at(level);
    return std::pow(spacing.law == "angle" ? std::atan(level) : level, 1 / spacing.rho);
  };
  const auto level_at = [&](double there) {
    if (spacing.law == "logarithmic") return std::exp(there);
    if (spacing.law == "time") return noise.noise_level(there);
    const double power = std::pow(there, spacing.rho);
    return spacing.law == "angle" ? std::tan(power) : power;
  };
  const double first = place(from);
  const double last = place(to);
  std::vector<double> levels{from};
  for (std::int64_t step = 1; step < steps; ++step)
    levels.push_back(level_at(first + static_cast<double>(step) / static_cast<double>(steps) * (last - first)));
  levels.push_back(to);
  return levels;
}

std::int64_t OdeSampler::draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                              std::uint32_t first_sample, Matrix& x) const {
  SamplerNoise normals(stream, first_sample, x.rows(), x.cols());
  const ProbabilityFlow flow(field, noise, x.cols());
  x = starting_states(noise, normals);
  integrate(flow, noise.noise_level(1), noise.noise_level(noise.first_time()), x);
  x *= noise.alpha(noise.first_time());
  return flow.evaluations();
}

namespace {

/// Mean over the columns of a flow that carry ln p, with its standard error.
LogDensity over_probes(const Eigen::Ref<const Matrix>& probes) {
  LogDensity out{probes.rowwise().mean(), Vector::Zero(probes.rows())};
  if (const Index n = probes.cols(); n > 1)
    out.standard_error =
        ((probes.colwise() - out.value).rowwise().squaredNorm() / static_cast<double>(n * (n - 1))).cwiseSqrt();
  return out;
}

}  // namespace

LogDensity draw_with_density(const OdeSampler& method, const ProbabilityFlow& flow, const RandomStream& stream,
                             std::uint32_t first_sample, Matrix& y) {
  ensure(y.cols() == flow.dimension(), "samples do not fit the flow");
  const NoiseProcess& noise = flow.noise();
  SamplerNoise normals(stream, first_sample, y.rows(), y.cols());
  Matrix state = Matrix::Zero(y.rows(), flow.columns());
  state.leftCols(flow.dimension()) = starting_states(noise, normals);
  const Vector start = flow.log_start_density(state);
  method.integrate(flow, noise.noise_level(1), noise.noise_level(noise.first_time()), state);
  y = state.leftCols(flow.dimension());
  if (flow.density_columns() == 0)
    return {Vector::Constant(y.rows(), std::numeric_limits<double>::quiet_NaN()), Vector::Zero(y.rows())};
  LogDensity out = over_probes(state.rightCols(flow.density_columns()));
  out.value += start;
  return out;
}

LogDensity log_density(const OdeSampler& method, const ProbabilityFlow& flow, const Matrix& y) {
  ensure(flow.density_columns() > 0 && y.cols() == flow.dimension(), "a flow without density was asked for one");
  Matrix state = Matrix::Zero(y.rows(), flow.columns());
  state.leftCols(flow.dimension()) = y;
  const NoiseProcess& noise = flow.noise();
  method.integrate(flow, noise.noise_level(noise.first_time()), noise.noise_level(1), state);
  // The columns hold the change of ln p along the way, so ln p at the end of it minus that is ln p here.
  LogDensity out = over_probes(state.rightCols(flow.density_columns()));
  out.value = flow.log_start_density(state) - out.value;
  return out;
}

}  // namespace liftwell
