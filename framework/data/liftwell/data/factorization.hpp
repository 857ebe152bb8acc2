// SPDX-License-Identifier: MIT
// Factorizations of small dense matrices. Eigen's are templates that take seconds to compile; here each is
// compiled once, and a file that needs one pays a call.
#pragma once

#include <memory>
#include <optional>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// LDLᵀ with pivoting of a symmetric matrix A (n x n), of which the lower triangle is read.
class SymmetricFactor {
 public:
  explicit SymmetricFactor(const Matrix& a);
  SymmetricFactor(SymmetricFactor&&) noexcept;
  SymmetricFactor& operator=(SymmetricFactor&&) noexcept;
  ~SymmetricFactor();

  /// False where A holds what is no number.
  [[nodiscard]] bool valid() const;
  /// The n entries of D in the order of pivoting: all positive where A is positive definite.
  [[nodiscard]] const Vector& pivots() const;
  /// A⁻¹ b for every column of b (n x columns).
  [[nodiscard]] Matrix solve(const Matrix& b) const;

 private:
  struct Factors;
  std::unique_ptr<const Factors> factors_;
};

/// L with A = L Lᵀ, lower triangular; none where A is not positive definite.
std::optional<Matrix> cholesky(const Matrix& a);

/// L⁻¹ b for every column of b; L lower triangular (what is above its diagonal is not read).
Matrix solve_lower(const Matrix& l, const Matrix& b);

/// A = V diag(values) Vᵀ of a symmetric matrix.
struct SymmetricEigen {
  Vector values;   ///< ascending
  Matrix vectors;  ///< orthonormal columns
};
SymmetricEigen symmetric_eigen(const Matrix& a);

/// An orthonormal basis of the whole space (n x n) whose first columns span those of `columns` (n x k, k ≤ n,
/// of full rank): Q of the Householder QR.
Matrix orthonormal_completion(const Matrix& columns);

}  // namespace liftwell
