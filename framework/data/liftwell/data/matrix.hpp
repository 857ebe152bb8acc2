// SPDX-License-Identifier: MIT
// Row-major matrices: rows are walkers, frames or samples; columns are coordinates.
#pragma once

#include <Eigen/Core>

namespace liftwell {

using Eigen::Index;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using FloatMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

}  // namespace liftwell
