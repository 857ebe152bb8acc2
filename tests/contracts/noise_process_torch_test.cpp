// SPDX-License-Identifier: MIT
// The kernel of every noise process against the TorchScript it exports.
#define CATCH_CONFIG_PREFIX_ALL
#include <torch/script.h>

#include <catch2/catch.hpp>

#include "support/noise_variants.hpp"

namespace liftwell {

// In double precision, so that only the order of operations differs.
CATCH_TEST_CASE("The exported script of every noise process has its alpha and sigma", "[unit][contract]") {
  for (const auto& [text, noise] : testing::noise_variants()) {
    CATCH_INFO(text);
    torch::jit::Module module("noise");
    module.define(noise->script());
    for (const double fraction : {0.0, 0.1, 0.5, 0.9, 1.0}) {
      const double t = noise->first_time() + fraction * (1 - noise->first_time());
      const at::Tensor time = torch::full({1}, t, torch::kFloat64);
      CATCH_CHECK(module.get_method("alpha")({time}).toTensor().item<double>() ==
                  Approx(noise->alpha(t)).epsilon(1e-12));
      CATCH_CHECK(module.get_method("sigma")({time}).toTensor().item<double>() ==
                  Approx(noise->sigma(t)).epsilon(1e-12));
    }
  }
}

}  // namespace liftwell
