// SPDX-License-Identifier: MIT
// Split R-hat and autocorrelation times of chains whose answers are known.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/random.hpp"
#include "liftwell/families/chain_statistics.hpp"

using namespace liftwell;

namespace {

/// AR(1) chains of unit variance: autocorrelation time (1 + memory)/(1 − memory).
std::vector<Vector> chains(Index count, Index length, double memory, double offset_of_first = 0) {
  std::vector<Vector> out;
  for (Index c = 0; c < count; ++c) {
    RandomSequence random(RandomStream::named(5, {"chains"}), static_cast<std::uint32_t>(c));
    Vector chain(length);
    double n = random.normal();
    for (Index i = 0; i < length; ++i) {
      chain[i] = n + (c == 0 ? offset_of_first : 0);
      n = memory * n + std::sqrt(1 - memory * memory) * random.normal();
    }
    out.push_back(chain);
  }
  return out;
}

}  // namespace

TEST_CASE("Independent chains of one law have an R-hat near 1 and their own size", "[statistics]") {
  // 8 chains of 2000 values. R-hat − 1 is about 1/(2·1000); the autocorrelation time is good to 5 %.
  const ChainStatistics result = chain_statistics(chains(8, 2000, 0));
  CHECK(result.r_hat == Approx(1).margin(0.003));
  CHECK(result.statistical_inefficiency == Approx(1).epsilon(0.1));
  CHECK(result.effective_size == Approx(16000).epsilon(0.1));
  CHECK(result.variance == Approx(1).epsilon(0.05));
}

TEST_CASE("The autocorrelation time of an AR(1) chain is found", "[statistics]") {
  // memory 0.9: (1 + 0.9)/(1 − 0.9) = 19. Relative error sqrt(2·2·window/n) of about 5 %. Stopping
  // after the first lag gives 2.8.
  const ChainStatistics result = chain_statistics(chains(8, 20000, 0.9));
  CHECK(result.statistical_inefficiency == Approx(19).epsilon(0.15));
}

TEST_CASE("A chain that stays elsewhere is seen", "[statistics]") {
  // One of eight chains shifted by 3 standard deviations: between-variance about 1.1. With the means
  // of the chains left out R-hat is 1 and the effective size 15,000.
  const ChainStatistics result = chain_statistics(chains(8, 2000, 0, 3));
  CHECK(result.r_hat > 1.3);
  CHECK(result.effective_size < 200);
}

TEST_CASE("A chain that drifts is seen by its halves", "[unit]") {
  std::vector<Vector> drifting;
  for (int c = 0; c < 4; ++c) drifting.push_back(Vector::LinSpaced(100, 0, 1));
  CHECK(chain_statistics(drifting).r_hat > 1.5);
}

TEST_CASE("Constant chains count as mixed when they agree and as stuck when they differ", "[unit]") {
  CHECK(chain_statistics({Vector::Zero(10), Vector::Zero(10)}).r_hat == 1);
  CHECK(std::isinf(chain_statistics({Vector::Zero(10), Vector::Ones(10)}).r_hat));
  CHECK(chain_statistics({}).effective_size == 0);
}
