// SPDX-License-Identifier: MIT
// Exact conditional laws where the potential is quadratic at fixed coarse value, in any dimension.
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <utility>

#include "liftwell/base/error.hpp"
#include "liftwell/data/factorization.hpp"
#include "liftwell/families/reference.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double tolerance = 1e-3;
};

/// At fixed ξ = z (linear ξ) let V be quadratic in the rest of the state: then that rest is normal, with its
/// mean where the gradient vanishes and the covariance kT H⁻¹ of the Hessian H there. H comes from central
/// differences of the gradient, and that V is quadratic is checked at points of the law itself.
class Laplace final : public Reference {
 public:
  explicit Laplace(const Options& options) : options_(options) {}

  std::string misfit(const Potential& potential, const CoarseMap& coarse) const override {
    if (auto text = coarse.misfit(potential.dimension()); !text.empty()) return text;
    if (coarse.size() >= potential.dimension()) return "the coarse variables fix the whole state";
    for (Index k = 0; k < coarse.size(); ++k)
      if (coarse[k].period())
        return fmt::format("laplace does not treat periodic coarse variables; '{}' is one",
                           coarse.names()[static_cast<std::size_t>(k)]);
    return {};
  }

  Vector probabilities(const Potential&, const CoarseMap&, double, const Matrix&, const Matrix&) const override {
    throw InputError("laplace knows conditional laws only, no free energy; use another reference for that");
  }

  Matrix conditional(const Potential& potential, const CoarseMap& coarse, double thermal_energy, const Vector& z,
                     const Bias* bias, Index count, const RandomStream& stream) const override {
    if (bias != nullptr)
      throw InputError("laplace knows the law at fixed coarse value, not that of a bias's window; leave 'bias' out");
    const Normal law = normal_at(potential, coarse, thermal_energy, z);
    const Index rest = law.root.cols();
    Matrix out(count, potential.dimension());
    for (Index i = 0; i < count; ++i) {
      RandomSequence random(stream, static_cast<std::uint32_t>(i));
      Vector normals(rest);
      for (double& number : normals) number = random.normal();
      out.row(i) = (law.mean + law.root * normals).transpose();
    }
    return out;
  }

 private:
  struct Normal {
    Vector mean;
    Eigen::MatrixXd root;  ///< dimension x rest: its product with its transpose is the covariance
  };

  static Vector gradient_at(const Potential& potential, const Vector& x) {
    BlockBuffer state(x.size(), 1), gradient(x.size(), 1), energy(1, 1);
    for (Index lane = 0; lane < state.block().lanes(); ++lane)
      for (Index d = 0; d < x.size(); ++d) state.block()(d, lane) = x[d];
    potential.evaluate(std::as_const(state).block(), energy.block().data(), gradient.block());
    Vector out(x.size());
    for (Index d = 0; d < x.size(); ++d) out[d] = gradient.block()(d, 0);
    return out;
  }

  Normal normal_at(const Potential& potential, const CoarseMap& coarse, double thermal_energy, const Vector& z) const {
    const Index d = potential.dimension();
    const Index k = coarse.size();
    BlockBuffer x(d, 1), value(1, 1), gradient(d, 1);
    Matrix slopes(k, d);
    Vector at_zero(k);
    for (Index v = 0; v < k; ++v) {
      coarse[v].evaluate(std::as_const(x).block(), value.block().data(), gradient.block());
      at_zero[v] = value.block()(0, 0);
      for (Index i = 0; i < d; ++i) slopes(v, i) = gradient.block()(i, 0);
    }
    const Vector start = slopes.transpose() * SymmetricFactor(slopes * slopes.transpose()).solve(z - at_zero);
    const Matrix free = orthonormal_completion(slopes.transpose()).rightCols(d - k);

    Vector mean = start;
    Matrix hessian(d - k, d - k);
    // One Newton step ends at the minimum of a quadratic; the second shows whether it was one.
    for (int step = 0; step < 2; ++step) {
      const double h = 1e-4;
      for (Index j = 0; j < d - k; ++j) {
        const Vector shift = h * free.col(j);
        hessian.col(j) =
            free.transpose() * (gradient_at(potential, mean + shift) - gradient_at(potential, mean - shift)) / (2 * h);
      }
      hessian = ((hessian + hessian.transpose()) / 2).eval();
      const SymmetricFactor solver(hessian);
      if (!solver.valid() || !(solver.pivots().minCoeff() > 0))
        throw InputError(
            "laplace: the potential has no minimum at fixed coarse value; use another reference, such as quadrature");
      const Vector move = solver.solve(free.transpose() * gradient_at(potential, mean));
      mean -= free * move;
      // In standard deviations of the law.
      if (step == 1 && std::sqrt(move.dot(hessian * move) / thermal_energy) > options_.tolerance)
        throw InputError(
            "laplace: the potential is not quadratic at fixed coarse value, so its law is not normal; use another "
            "reference, such as quadrature");
    }
    const Matrix root =
        std::sqrt(thermal_energy) * solve_lower(*cholesky(hessian), Matrix::Identity(d - k, d - k)).transpose();
    for (const double side : {-1.0, 1.0}) {
      const Vector there = mean + free * (side * 2 * root.col(0));
      const Vector expected = hessian * (side * 2 * root.col(0));
      const Vector found = free.transpose() * gradient_at(potential, there);
      if ((found - expected).norm() > 1e-2 * expected.norm())
        throw InputError(
            "laplace: the potential is not quadratic at fixed coarse value, so its law is not normal; use another "
            "reference, such as quadrature");
    }
    return {mean, free * root};
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(laplace) {
  return Declaration<Reference, Options>("laplace", "Normal conditional laws, exact where V is quadratic at fixed xi.")
      .reference("Textbook: exp(-V/kT) of a quadratic V is normal with covariance kT times the inverse Hessian.")
      .parameter("tolerance", &Options::tolerance, unit::dimensionless,
                 "How far, in standard deviations, a second Newton step may lead before the potential counts as not "
                 "quadratic.",
                 above(0))
      .example("{type: laplace}")
      .creates<Laplace>();
}

}  // namespace liftwell
