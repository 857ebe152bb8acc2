// SPDX-License-Identifier: MIT
// Mean and covariance of the draws at each target against those of the true conditional law.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "liftwell/data/factorization.hpp"
#include "sample_source.hpp"

namespace liftwell {
namespace {

struct Options : SourceOptions {
  std::int64_t exact_states = 100'000;
};

/// In the axes in which the true covariance is the identity (directions in which the true law does not
/// vary left out), right draws have mean 0 and covariance the identity: errors are in units of the true
/// conditional standard deviation, and n draws alone make them 1/√n (means), √(2/n) (variances) and 1/√n
/// (covariances) large. `mean` and `variance` are root mean squares over the axes, the others the largest.
class Moments final : public SourcedCheck {
 public:
  explicit Moments(const Options& options) : options_(options) {}

  Findings evaluate(const DiagnosticRequest& request) const override {
    const SampleSource source(options_, request, "moments");
    Table table{"Mean and covariance of draws from " + source.law() + source.part(), {}, {}};
    for (const std::string& coarse : request.coarse->names()) table.columns.push_back({coarse, "", 4});
    for (const Column& column : std::vector<Column>{{"draws", "", 0},
                                                    {"true states", "", 0},
                                                    {"directions", "", 0},
                                                    {"mean, rms", "sd", 4},
                                                    {"mean, largest", "sd", 4},
                                                    {"variance - 1, rms", "", 4},
                                                    {"variance - 1, largest", "", 4},
                                                    {"covariance, largest", "", 4},
                                                    {"standard error of a mean", "sd", 4}})
      table.columns.push_back(column);
    Findings out;
    double mean = 0, variance = 0;
    for (Index i = 0; i < source.targets(); ++i) {
      const Matrix truth = source.exact() ? source.exact_draws(i, options_.exact_states) : source.frames(i);
      const Errors errors = compare(source.draws(i), truth);
      auto& row = table.rows.emplace_back();
      for (const double z : source.target(i)) row.emplace_back(z);
      for (const double cell : {errors.draws, errors.truth, errors.directions, errors.mean, errors.largest_mean,
                                errors.variance, errors.largest_variance, errors.covariance, errors.standard_error})
        row.emplace_back(cell);
      auto& found = out.at(request.draws->coarse, source.target(i)).values;
      found["moments.mean"] = errors.mean;
      found["moments.variance"] = errors.variance;
      mean = std::max(mean, errors.mean);
      variance = std::max(variance, errors.variance);
    }
    out.values["moments.largest_mean"] = mean;
    out.values["moments.largest_variance"] = variance;
    out.tables.push_back(std::move(table));
    return out;
  }

 private:
  const SourceOptions& source_options() const override { return options_; }
  struct Errors {
    double draws = 0, truth = 0, directions = 0;
    double mean = std::nan(""), largest_mean = std::nan(""), variance = std::nan(""), largest_variance = std::nan(""),
           covariance = std::nan(""), standard_error = std::nan("");
  };

  static Matrix covariance_of(const Matrix& states, const Eigen::RowVectorXd& mean) {
    const Matrix away = states.rowwise() - mean;
    return away.transpose() * away / static_cast<double>(states.rows() - 1);
  }

  static Errors compare(const Matrix& draws, const Matrix& truth) {
    Errors out;
    out.draws = static_cast<double>(draws.rows());
    out.truth = static_cast<double>(truth.rows());
    if (draws.rows() < 3 || truth.rows() < 3) return out;
    const Eigen::RowVectorXd centre = truth.colwise().mean();
    const SymmetricEigen modes = symmetric_eigen(covariance_of(truth, centre));
    const double largest = modes.values.maxCoeff();
    std::vector<Index> kept;
    for (Index j = 0; j < truth.cols(); ++j)
      if (modes.values[j] > 1e-9 * largest) kept.push_back(j);
    if (kept.empty()) return out;
    out.directions = static_cast<double>(kept.size());
    const Matrix axes = modes.vectors(Eigen::all, kept) * modes.values(kept).array().rsqrt().matrix().asDiagonal();
    const Matrix standard = (draws.rowwise() - centre) * axes;
    const Eigen::RowVectorXd mean = standard.colwise().mean();
    Matrix covariance = covariance_of(standard, mean);
    out.mean = std::sqrt(mean.squaredNorm() / out.directions);
    out.largest_mean = mean.cwiseAbs().maxCoeff();
    const Eigen::ArrayXd variances = covariance.diagonal().array() - 1;
    out.variance = std::sqrt(variances.square().mean());
    out.largest_variance = variances.abs().maxCoeff();
    covariance.diagonal().setZero();
    out.covariance = covariance.cwiseAbs().maxCoeff();
    out.standard_error = std::sqrt(1 / out.draws + 1 / out.truth);
    return out;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(moments) {
  return with_coordinates(with_source(Declaration<ConsistencyCheck, Options>(
                              "moments", "Mean and covariance of draws against the true conditional law's.")))
      .reference("Textbook: sample mean and covariance in the axes that whiten the true law.")
      .parameter("exact_states", &Options::exact_states, unit::none,
                 "Exact states per target from which the true moments are taken.", at_least(100))
      .example("{type: moments, reference: {type: laplace}}")
      .creates<Moments>();
}

}  // namespace liftwell
