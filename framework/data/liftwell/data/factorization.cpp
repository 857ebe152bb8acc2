// SPDX-License-Identifier: MIT
#include "liftwell/data/factorization.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>

namespace liftwell {

struct SymmetricFactor::Factors {
  explicit Factors(const Eigen::MatrixXd& a) : ldlt(a), pivots(ldlt.vectorD()) {}
  Eigen::LDLT<Eigen::MatrixXd> ldlt;
  Vector pivots;
};

SymmetricFactor::SymmetricFactor(const Matrix& a) : factors_(std::make_unique<const Factors>(a)) {}
SymmetricFactor::SymmetricFactor(SymmetricFactor&&) noexcept = default;
SymmetricFactor& SymmetricFactor::operator=(SymmetricFactor&&) noexcept = default;
SymmetricFactor::~SymmetricFactor() = default;

bool SymmetricFactor::valid() const { return factors_->ldlt.info() == Eigen::Success; }
const Vector& SymmetricFactor::pivots() const { return factors_->pivots; }
Matrix SymmetricFactor::solve(const Matrix& b) const { return factors_->ldlt.solve(Eigen::MatrixXd(b)); }

std::optional<Matrix> cholesky(const Matrix& a) {
  const Eigen::LLT<Eigen::MatrixXd> factor{Eigen::MatrixXd(a)};
  if (factor.info() != Eigen::Success) return std::nullopt;
  return Matrix(factor.matrixL());
}

Matrix solve_lower(const Matrix& l, const Matrix& b) {
  return Eigen::MatrixXd(l).triangularView<Eigen::Lower>().solve(Eigen::MatrixXd(b));
}

SymmetricEigen symmetric_eigen(const Matrix& a) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver{Eigen::MatrixXd(a)};
  return {solver.eigenvalues(), solver.eigenvectors()};
}

Matrix orthonormal_completion(const Matrix& columns) {
  return Eigen::MatrixXd(Eigen::HouseholderQR<Eigen::MatrixXd>(columns).householderQ());
}

}  // namespace liftwell
