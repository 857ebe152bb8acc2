// SPDX-License-Identifier: MIT
// Jensen-Shannon divergence between generated and true conditional laws, coordinate by coordinate.
#include <fmt/format.h>

#include "histogram_divergence.hpp"
#include "two_sample_check.hpp"

namespace liftwell {
namespace {

struct Options : TwoSampleOptions {
  std::int64_t bins = 20;
};

class Binned final : public SampleDistance {
 public:
  Binned(const Matrix& scale, Index bins) : edges_(equal_share_edges(scale, bins)) {}
  std::unique_ptr<PooledSample> pool(const Matrix& states) const override {
    return std::make_unique<BinnedSample>(states, edges_);
  }

 private:
  std::vector<std::vector<double>> edges_;
};

/// The bins hold equal shares of the true law (without a reference: of both samples together). The
/// column "under equality" is the value to expect of right draws, which is not zero.
class JensenShannon final : public TwoSampleCheck {
 public:
  explicit JensenShannon(const Options& options) : options_(options) {}

 private:
  Naming naming() const override {
    return {"jensen_shannon", fmt::format("Jensen-Shannon divergence ({} bins of equal shares)", options_.bins), "nat",
            true};
  }
  const TwoSampleOptions& options() const override { return options_; }
  std::unique_ptr<SampleDistance> distance(const Matrix& scale, const RandomStream&) const override {
    return std::make_unique<Binned>(scale, options_.bins);
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(jensen_shannon) {
  return with_two_samples(
             Declaration<ConsistencyCheck, Options>(
                 "jensen_shannon", "Jensen-Shannon divergence from the true law, coordinate by coordinate.")
                 .reference("Lin, IEEE Trans. Inf. Theory 37, 145 (1991), eq. 3.1 with equal weights, in nats."))
      .parameter("bins", &Options::bins, unit::none, "Bins per coordinate, of equal shares of the true law.",
                 at_least(2))
      .example("{type: jensen_shannon, reference: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}}")
      .creates<JensenShannon>();
}

}  // namespace liftwell
