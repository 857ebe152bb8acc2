// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <numbers>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/sampler.hpp"

using namespace liftwell;

namespace {

/// The exact score of an angle that is normal about `centre` with deviation `width`, wrapped on the circle.
class WrappedScore final : public ScoreField {
 public:
  static constexpr double centre = 2.5, width = 0.4;
  explicit WrappedScore(const NoiseProcess& noise) : noise_(noise) {}
  [[nodiscard]] const std::vector<Index>& angles() const override { return angles_; }
  void score(const Matrix& x, const Times& t, Matrix& score) const override {
    score.resize(x.rows(), 1);
    for (Index i = 0; i < x.rows(); ++i) {
      const double alpha = noise_.alpha(t[i]), variance = width * width + std::pow(noise_.noise_level(t[i]), 2);
      double slope = 0, density = 1;  // the Fourier series
      for (int m = 1; m < 40; ++m) {
        const double term = 2 * std::exp(-m * m * variance / 2), angle = m * (x(i, 0) / alpha - centre);
        density += term * std::cos(angle);
        slope -= m * term * std::sin(angle);
      }
      score(i, 0) = slope / density / alpha;
    }
  }
  void score_along(const Matrix&, const Times&, const std::vector<Matrix>&, Matrix&,
                   std::vector<Matrix>&) const override {}

 private:
  const NoiseProcess& noise_;
  std::vector<Index> angles_{0};
};

}  // namespace

// Of a wrapped normal law E exp(i m a) = exp(i m centre - m² (width² + r_min²)/2), m = 1 and 2: 4,000 draws, four
// standard errors. High noise spreads an angle all round, and nothing happens there for long. Seen to fail while steps
// could grow without bound (at a tolerance of 1e-3, |E exp(i a)| was 0.51 and 0.24 where 0.92 is right).
TEST_CASE("Steps do not jump over the noise at which the law of an angle takes shape", "[statistics]") {
  for (const char* yaml :
       {"{type: variance_exploding, sigma_min: 0.001, sigma_max: 100}", "{type: variance_preserving}"})
    for (const char* tolerance : {"1e-5", "1e-3"}) {
      CAPTURE(yaml, tolerance);
      const auto noise = build<NoiseProcess>(*configure("noise_process", yaml));
      const auto sampler =
          build<Sampler>(*configure("sampler", std::string("{type: dormand_prince, relative_tolerance: ") + tolerance +
                                                   ", absolute_tolerance: " + tolerance + "}"));
      const WrappedScore field(*noise);
      constexpr Index count = 4000;
      Matrix x(count, 1);
      (void)sampler->draw(field, *noise, RandomStream::named(1, {"draws"}), 0, x);
      const double least = noise->noise_level(noise->first_time());
      for (const int m : {1, 2}) {
        std::complex<double> mean = 0;
        for (Index i = 0; i < count; ++i)
          mean += std::polar(1.0 / count, m * x(i, 0) / noise->alpha(noise->first_time()));
        const double exact = std::exp(-m * m * (WrappedScore::width * WrappedScore::width + least * least) / 2);
        const std::complex<double> wanted = std::polar(exact, m * WrappedScore::centre);
        CHECK(std::abs(mean - wanted) < 4 * std::sqrt((1 - exact * exact) / count));
      }
    }
}
