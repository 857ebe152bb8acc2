// SPDX-License-Identifier: MIT
#include "state_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

/// What ξ fixes: x = origin + H z + (rest), where ξ(x) = G x + b, H = Gᵀ (G Gᵀ)⁻¹ and origin = −H b.
struct Held {
  Vector origin;
  Matrix hold;
  Matrix rest;  ///< orthonormal basis of the directions in which ξ does not change, d x (d − k)
};

Held held_part(const AffineCoarse& form) {
  const Index d = form.slopes.cols(), k = form.slopes.rows();
  if (k >= d) throw InputError(fmt::format("{} coarse variables cannot be held: the states have {} coordinates", k, d));
  Held out;
  out.hold = smallest_with(form.slopes);
  out.origin = -out.hold * form.offset;
  out.rest = directions_left(form.slopes);
  return out;
}

/// a b, each row with the same operations wherever it stands: Eigen's product of matrices gives rows at the
/// end of a block other last bits, and draws would depend on how they are split.
Matrix product_by_rows(const Matrix& a, const Matrix& b) {
  Matrix out = Matrix::Zero(a.rows(), b.cols());
  for (Index i = 0; i < a.rows(); ++i)
    for (Index c = 0; c < a.cols(); ++c)
      for (Index j = 0; j < b.cols(); ++j) out(i, j) += a(i, c) * b(c, j);
  return out;
}

Index splines_per_label(Index rows, Index labels) {
  const double cells = static_cast<double>(rows) / 100;
  return labels == 1 ? std::clamp<Index>(static_cast<Index>(cells), 4, 32)
                     : std::clamp<Index>(static_cast<Index>(std::sqrt(cells)), 4, 10);
}

}  // namespace

StateFrame::StateFrame(const FloatMatrix& states, const FloatMatrix& labels, const Vector& period,
                       const AffineCoarse* held, const Choice& choice)
    : held_(held != nullptr), period_(period) {
  const Index d = states.cols();
  const Index k = labels.cols();
  state_periods_ = choice.periods.size() == 0 ? Vector::Zero(d) : choice.periods;
  origin_ = states.cast<double>().colwise().mean().transpose();
  for (Index i = 0; i < d; ++i)
    if (state_periods_[i] > 0) origin_[i] = 0;
  hold_ = Matrix::Zero(d, k);
  axes_ = Matrix::Identity(d, d);
  if (held_) {
    const Held part = held_part(*held);
    origin_ = part.origin;
    hold_ = part.hold;
    axes_ = part.rest;
  }
  range_.resize(k, 2);
  range_.col(0) = labels.colwise().minCoeff().transpose().cast<double>();
  range_.col(1) = labels.colwise().maxCoeff().transpose().cast<double>();
  // One spline of a label that does not vary would be fitted to nothing.
  const bool varies = (range_.col(1) - range_.col(0)).minCoeff() > 0;
  basis_ = choice.follow && varies && k <= 2 ? LabelBasis(range_, period_, splines_per_label(states.rows(), k))
                                             : LabelBasis();
  slopes_ = Matrix::Zero(k, axes_.cols());
  variances_.resize(basis_.size(), 0);
  for (Index j = 0; j < axes_.cols(); ++j) (void)period_along(j);

  Matrix found = features_of(states.cast<double>(), labels.cast<double>());
  if (choice.follow && varies) {
    // The linear part alone extrapolates beyond the labels seen.
    const Eigen::RowVectorXd centre = labels.cast<double>().colwise().mean();
    Matrix away = labels.cast<double>().rowwise() - centre;
    for (Index v = 0; v < k; ++v)
      if (period_[v] > 0) away.col(v).setZero();
    const Matrix gram = away.transpose() * away + 1e-12 * Matrix::Identity(k, k);
    // Each factor on its own: inside one expression the means would be found again for every entry.
    const Eigen::RowVectorXd mean = found.colwise().mean();
    const Matrix centred = found.rowwise() - mean;
    slopes_ = SymmetricFactor(gram).solve(away.transpose() * centred);
    for (Index j = 0; j < axes_.cols(); ++j)
      if (period_along(j) > 0) slopes_.col(j).setZero();
  }
  fit_means(found, labels);
  Matrix residuals = residuals_of(found, labels);
  if (choice.rotate && axes_.cols() > 1) {
    turn(residuals);
    found = features_of(states.cast<double>(), labels.cast<double>());
    residuals = residuals_of(found, labels);
  }
  order_by_variation(states, found, residuals);
  fit_scales(residuals, labels);
}

Matrix StateFrame::residuals_of(const Matrix& features, const FloatMatrix& labels) const {
  Matrix out(features.rows(), features.cols());
  Vector mean, scale;
  for (Index i = 0; i < features.rows(); ++i) {
    const Matrix z = labels.row(i).cast<double>();
    place(z.data(), mean, scale);
    out.row(i) = features.row(i) - mean.transpose();
  }
  return out;
}

/// Least squares for what the linear part leaves, with the weight of one frame that pulls each spline
/// without data to the overall mean.
void StateFrame::fit_means(const Matrix& features, const FloatMatrix& labels) {
  const Index n = basis_.size();
  const Matrix z = labels.cast<double>();
  const Matrix rest = features - z * slopes_;
  const Eigen::RowVectorXd mean = rest.colwise().mean();
  Matrix gram = Matrix::Identity(n, n);
  Matrix moments = Matrix::Zero(n, features.cols());
  LabelBasis::Values values;
  for (Index i = 0; i < features.rows(); ++i) {
    basis_.evaluate(z.row(i).data(), values);
    for (const auto& [a, at_a] : values) {
      moments.row(a) += at_a * (rest.row(i) - mean);
      for (const auto& [b, at_b] : values) gram(a, b) += at_a * at_b;
    }
  }
  means_ = SymmetricFactor(gram).solve(moments);
  means_.rowwise() += mean;
  for (Index j = 0; j < axes_.cols(); ++j)
    if (period_along(j) > 0) means_.col(j).setZero();
}

double StateFrame::period_along(Index j) const {
  for (Index i = 0; i < dimension(); ++i) {
    if (state_periods_[i] <= 0 || axes_(i, j) == 0) continue;
    if (std::abs(axes_(i, j)) != 1)
      throw InputError(
          fmt::format("state coordinate {} is periodic and cannot be part of a held combination of coordinates; hold "
                      "it alone, or condition with label noise",
                      i));
    return state_periods_[i];
  }
  return 0;
}

/// Turns the axes to the principal axes of the residuals; means are linear, so they turn along.
void StateFrame::turn(const Matrix& residuals) {
  // An angle is an axis of its own: nothing may be mixed with it.
  std::vector<Index> free;
  for (Index j = 0; j < axes_.cols(); ++j)
    if (period_along(j) == 0) free.push_back(j);
  const Matrix moving = residuals(Eigen::all, free);
  Matrix rotation = Matrix::Identity(axes_.cols(), axes_.cols());
  rotation(free, free) = symmetric_eigen(moving.transpose() * moving).vectors;
  for (Matrix* const turned : {&axes_, &slopes_, &means_}) *turned = Matrix(*turned * rotation);
}

/// Puts the axes along which nothing varies last; their number is left out of variances_. What counts as
/// nothing: 1e-5 of the spread with z, or the rounding of single precision.
void StateFrame::order_by_variation(const FloatMatrix& states, const Matrix& features, Matrix& residuals) {
  const auto rows = static_cast<double>(features.rows());
  const Eigen::RowVectorXd left = (residuals.colwise().squaredNorm() / rows).cwiseSqrt();
  const Eigen::RowVectorXd mean = features.colwise().mean();
  const Eigen::RowVectorXd spread = ((features.rowwise() - mean).colwise().squaredNorm() / rows).cwiseSqrt();
  const Eigen::RowVectorXd largest = states.cwiseAbs().colwise().maxCoeff().cast<double>();
  const Eigen::RowVectorXd size = largest * axes_.cwiseAbs();
  std::vector<Index> order, constant;
  for (Index j = 0; j < axes_.cols(); ++j)
    (left[j] > 1e-5 * spread[j] + 1e-6 * size[j] ? order : constant).push_back(j);
  const auto generated = static_cast<Index>(order.size());
  if (generated == 0)
    throw InputError(
        "a score model has nothing to generate: the coarse values fix the states completely, or all states are equal");
  order.insert(order.end(), constant.begin(), constant.end());
  for (Matrix* const reordered : {&axes_, &slopes_, &means_, &residuals})
    *reordered = Matrix((*reordered)(Eigen::all, order));
  variances_ = (left.array().square())(order).head(generated).replicate(basis_.size(), 1);
  note_angles();
}

void StateFrame::note_angles() {
  angles_.clear();
  for (Index j = 0; j < generated(); ++j)
    if (period_along(j) > 0) angles_.push_back(j);
}

/// Averages of squared residuals under each spline: positive whatever the data. Splines without data get
/// the overall variance.
void StateFrame::fit_scales(const Matrix& residuals, const FloatMatrix& labels) {
  constexpr double prior = 10;  // frames' worth of the overall variance
  Vector weight = Vector::Constant(basis_.size(), prior);
  variances_ *= prior;
  LabelBasis::Values values;
  for (Index i = 0; i < residuals.rows(); ++i) {
    const Matrix z = labels.row(i).cast<double>();
    basis_.evaluate(z.data(), values);
    for (const auto& [a, at_a] : values) {
      for (Index j = 0; j < generated(); ++j) variances_(a, j) += at_a * residuals(i, j) * residuals(i, j);
      weight[a] += at_a;
    }
  }
  for (Index a = 0; a < basis_.size(); ++a) variances_.row(a) /= weight[a];
  for (const Index j : angles_) variances_.col(j).setConstant(std::pow(period_along(j) / (2 * std::numbers::pi), 2));
}

Matrix StateFrame::features_of(const Matrix& states, const Matrix& labels) const {
  Matrix away = states.rowwise() - origin_.transpose();
  if (held_) away -= product_by_rows(labels, hold_.transpose());
  return product_by_rows(away, axes_);
}

void StateFrame::place(const double* label, Vector& mean, Vector& scale) const {
  LabelBasis::Values values;
  basis_.evaluate(label, values);
  mean.setZero(axes_.cols());
  scale.setZero(generated());
  // Plain loops: training asks at every example for two or three numbers, too few for Eigen's own to pay.
  const auto add = [](Vector& sum, double factor, const Matrix& rows, Index row) {
    const double* at = rows.data() + row * rows.cols();
    for (Index j = 0; j < sum.size(); ++j) sum[j] += factor * at[j];
  };
  for (const auto& [a, at_a] : values) {
    add(mean, at_a, means_, a);
    add(scale, at_a, variances_, a);
  }
  for (Index v = 0; v < slopes_.rows(); ++v) add(mean, label[v], slopes_, v);
  scale = scale.cwiseSqrt();
}

Matrix StateFrame::standardised(const Matrix& states, const Matrix& labels) const {
  const Matrix features = features_of(states, labels);
  Matrix out(features.rows(), generated());
  Vector mean, scale;
  for (Index i = 0; i < out.rows(); ++i) {
    place(labels.row(i).data(), mean, scale);
    for (Index j = 0; j < out.cols(); ++j) out(i, j) = (features(i, j) - mean[j]) / scale[j];
  }
  return out;
}

Matrix StateFrame::states_of(const Matrix& standardised, const Matrix& labels) const {
  Matrix features(standardised.rows(), axes_.cols());
  Vector mean, scale;
  for (Index i = 0; i < features.rows(); ++i) {
    place(labels.row(i).data(), mean, scale);
    features.row(i) = mean.transpose();
    for (Index j = 0; j < generated(); ++j) features(i, j) += scale[j] * standardised(i, j);
  }
  Matrix out = product_by_rows(features, axes_.transpose());
  out.rowwise() += origin_.transpose();
  if (held_) out += product_by_rows(labels, hold_.transpose());
  for (Index i = 0; i < out.cols(); ++i)
    if (const double period = state_periods_[i]; period > 0)
      for (Index r = 0; r < out.rows(); ++r) out(r, i) -= period * std::round(out(r, i) / period);
  return out;
}

Vector StateFrame::log_volume(const Matrix& labels) const {
  Vector out(labels.rows());
  Vector mean, scale;
  for (Index i = 0; i < out.size(); ++i) {
    place(labels.row(i).data(), mean, scale);
    out[i] = scale.array().log().sum();
  }
  return out;
}

void StateFrame::save(Hdf5Writer& out) const {
  out.attribute("frame_holds", held_ ? "yes" : "no");
  const auto put = [&](const char* name, const Matrix& values) { out.array(std::string("frame_") + name, values); };
  put("origin", Matrix(origin_.transpose()));
  put("hold", hold_);
  put("axes", axes_);
  put("range", range_);
  put("period", Matrix(period_.transpose()));
  put("splines", Matrix::Constant(1, 1, static_cast<double>(basis_.size() > 1 ? basis_.per_label() : 0)));
  put("slopes", slopes_);
  put("means", means_);
  put("variances", variances_);
  put("state_periods", Matrix(state_periods_.transpose()));
}

StateFrame StateFrame::load(const Hdf5Reader& in) {
  StateFrame out;
  const auto get = [&](const char* name) { return in.matrix(std::string("frame_") + name); };
  out.held_ = in.attribute("frame_holds") == "yes";
  out.origin_ = get("origin").reshaped();
  out.hold_ = get("hold");
  out.axes_ = get("axes");
  out.range_ = get("range");
  out.period_ = get("period").reshaped();
  const auto splines = static_cast<Index>(get("splines")(0, 0));
  out.basis_ = splines > 0 ? LabelBasis(out.range_, out.period_, splines) : LabelBasis();
  out.slopes_ = get("slopes");
  out.means_ = get("means");
  out.variances_ = get("variances");
  out.state_periods_ = get("state_periods").reshaped();
  const Index d = out.dimension(), w = out.axes_.cols(), k = out.range_.rows();
  if (d == 0 || out.origin_.size() != d || out.hold_.rows() != d || out.hold_.cols() != k || out.period_.size() != k ||
      out.slopes_.rows() != k || out.slopes_.cols() != w || out.means_.cols() != w ||
      out.means_.rows() != out.basis_.size() || out.variances_.rows() != out.basis_.size() || out.generated() == 0 ||
      out.generated() > w || w != (out.held_ ? d - k : d))
    throw StorageError("the arrays of the model's frame do not fit together");
  if (out.state_periods_.size() != d) throw StorageError("the arrays of the model's frame do not fit together");
  out.note_angles();
  return out;
}

}  // namespace liftwell
