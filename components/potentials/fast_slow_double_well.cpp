// SPDX-License-Identifier: MIT
// One slow double well and any number of fast coordinates slaved to it, with an exact conditional law.
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/base/vector_math.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/potential.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t dimension = 2;
  double barrier = 5.0;
  double epsilon = 0.01;
  std::string shape = "sine";
  double amplitude = 1.0;
  std::optional<std::int64_t> rotation_seed;
  std::optional<std::vector<double>> slow_direction;

  void check(Problems& problems) const {
    if (rotation_seed && slow_direction)
      problems.add("slow_direction", "cannot be given together with rotation_seed", {}, "one of the two");
    if (!slow_direction) return;
    if (static_cast<std::int64_t>(slow_direction->size()) != dimension)
      problems.add("slow_direction", "must have as many entries as the system has dimensions",
                   std::to_string(slow_direction->size()) + " entries", std::to_string(dimension));
    double norm = 0;
    for (const double entry : *slow_direction) norm += entry * entry;
    if (!(norm > 0)) problems.add("slow_direction", "must not be zero");
  }
};

/// Direction of x in the embedding space, of unit length.
Vector slow_axis(const Options& options) {
  Vector axis = Vector::Unit(options.dimension, 0);
  if (options.slow_direction) {
    axis = Eigen::Map<const Vector>(options.slow_direction->data(), options.dimension);
  } else if (options.rotation_seed) {
    const auto seed = static_cast<std::uint64_t>(*options.rotation_seed);
    RandomSequence random(RandomStream::named(seed, {"fast_slow_double_well", "rotation"}), 0);
    for (double& entry : axis) entry = random.normal();
  }
  return axis.normalized();
}

/// V(x, y) = h (x² − 1)² + Σ_i (y_i − g(x))² / (2ε), i = 1 … D − 1, with g(x) = A sin x or A x², in
/// coordinates X = Q (x, y), Q orthogonal. Given x, the y_i are independent N(g(x), ε kT), and
/// F(x) = h (x² − 1)² + const, at every ε.
///
/// Q is the reflection that takes the first axis to the slow axis u (times −1 in the directions that
/// the law does not tell apart). Only u and s = Σ_i Q e_i are needed: with x = u·X the vector of the
/// fast deviations is R = X − u x − s g(x), and ∇V = [4 h x (x² − 1) − g′(x) s·R / ε] u + R / ε, so
/// the cost grows with D and not with D².
class FastSlowDoubleWell final : public Potential {
 public:
  explicit FastSlowDoubleWell(const Options& options)
      : barrier_(options.barrier),
        stiffness_(1.0 / options.epsilon),
        amplitude_(options.amplitude),
        parabola_(options.shape == "parabola"),
        u_(slow_axis(options)) {
    // Householder: H = I − 2 v vᵀ / (vᵀ v) with v = e_0 − u takes e_0 to u.
    s_ = Vector::Ones(options.dimension);
    s_(0) = 0;
    const Vector v = Vector::Unit(options.dimension, 0) - u_;
    if (v.squaredNorm() > 0) s_ -= 2 * v.dot(s_) / v.squaredNorm() * v;
  }
  [[nodiscard]] Index dimension() const override { return u_.size(); }

  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    using namespace simd;
    const Index lanes = x.lanes();
    for (Index lane = 0; lane < lanes; lane += width()) {
      const double* const in = x.data() + lane;
      double* const out = gradient.data() + lane;
      V slow = set(0);
      for (Index d = 0; d < dimension(); ++d) slow = hn::MulAdd(hn::Load(doubles, in + d * lanes), set(u_(d)), slow);
      V g = hn::Mul(set(amplitude_), hn::Mul(slow, slow));
      V g_slope = hn::Mul(set(2 * amplitude_), slow);
      if (!parabola_) {
        const SineCosine angle = sine_cosine(slow);
        g = hn::Mul(set(amplitude_), angle.sine);
        g_slope = hn::Mul(set(amplitude_), angle.cosine);
      }
      V along_s = set(0);
      V squared = set(0);
      for (Index d = 0; d < dimension(); ++d) {
        const V away = hn::NegMulAdd(g, set(s_(d)), hn::NegMulAdd(slow, set(u_(d)), hn::Load(doubles, in + d * lanes)));
        along_s = hn::MulAdd(away, set(s_(d)), along_s);
        squared = hn::MulAdd(away, away, squared);
        hn::Store(hn::Mul(set(stiffness_), away), doubles, out + d * lanes);
      }
      const V well = hn::MulSub(slow, slow, set(1));
      const V along_u =
          hn::NegMulAdd(hn::Mul(g_slope, along_s), set(stiffness_), hn::Mul(set(4 * barrier_), hn::Mul(slow, well)));
      for (Index d = 0; d < dimension(); ++d)
        hn::Store(hn::MulAdd(along_u, set(u_(d)), hn::Load(doubles, out + d * lanes)), doubles, out + d * lanes);
      if (energy != nullptr)
        hn::Store(hn::MulAdd(squared, set(0.5 * stiffness_), hn::Mul(set(barrier_), hn::Mul(well, well))), doubles,
                  energy + lane);
    }
  }

 private:
  double barrier_, stiffness_, amplitude_;
  bool parabola_;
  Vector u_;  ///< slow axis, unit length
  Vector s_;  ///< sum of the fast axes; u·s = 0, s·s = D − 1
};

}  // namespace

LIFTWELL_COMPONENT(fast_slow_double_well) {
  return Declaration<Potential, Options>("fast_slow_double_well",
                                         "Slow double well with fast Gaussian coordinates, in any dimension.")
      .reference(
          "Textbook: V = h (x^2 - 1)^2 + sum over i of (y_i - g(x))^2 / (2 epsilon); p(y_i | x) = N(g(x), epsilon kT) "
          "and F(x) = h (x^2 - 1)^2 exactly.")
      .parameter("dimension", &Options::dimension, unit::none, "Number of coordinates: one slow and the others fast.",
                 at_least(2))
      .parameter("barrier", &Options::barrier, unit::energy, "Height h of the barrier between the slow wells.",
                 above(0))
      .parameter("epsilon", &Options::epsilon, unit::compliance,
                 "Inverse stiffness of the fast coordinates: their conditional variance is epsilon times kT.", above(0))
      .parameter("shape", &Options::shape, unit::none,
                 "Curve the fast coordinates follow: g(x) = A sin x, or the parabola A x^2.",
                 one_of({"sine", "parabola"}))
      .parameter("amplitude", &Options::amplitude, unit::length, "Amplitude A of the curve g.")
      .parameter(
          "rotation_seed", &Options::rotation_seed, unit::none,
          "Seed of a random rotation into the embedding space; the slow coordinate is the first axis when unset.")
      .parameter("slow_direction", &Options::slow_direction, unit::dimensionless,
                 "Direction of the slow coordinate in the embedding space, of any length, in place of a random one.")
      .example(
          "{type: fast_slow_double_well, dimension: 5, barrier: 5, epsilon: 0.02, shape: parabola, rotation_seed: 1}")
      .creates<FastSlowDoubleWell>();
}

}  // namespace liftwell
