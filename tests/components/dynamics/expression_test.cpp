// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/families/dynamics.hpp"
#include "support/contracts/dynamics_laws.hpp"
#include "support/evaluated.hpp"

using namespace liftwell;

namespace {

std::unique_ptr<Dynamics> dynamics(const std::string& rest) {
  return testing::make<Dynamics>("{type: expression, coordinates: [x, y], drift: [-x, -y], " + rest + "}");
}

std::string complaints(const std::string& rest) {
  try {
    (void)dynamics(rest);
  } catch (const InputError& error) {
    std::string out;
    for (const Diagnostic& finding : error.diagnostics()) out += finding.path + ": " + finding.message + "\n";
    return out;
  }
  return {};
}

}  // namespace

TEST_CASE("the kind of noise follows from the formulas", "[unit]") {
  const auto kind = [](const std::string& rest) { return dynamics(rest)->noise().kind; };
  CHECK(kind("diffusion: [1, 2]") == NoiseShape::Kind::additive);
  CHECK(kind("diffusion: [1 + x^2, 2]") == NoiseShape::Kind::diagonal);
  CHECK(kind("diffusion: [x, sin(y)]") == NoiseShape::Kind::diagonal);
  CHECK(kind("diffusion: [y, 1]") == NoiseShape::Kind::general);
  CHECK(kind("diffusion_matrix: [[1, 0.5], [0, 1]]") == NoiseShape::Kind::additive);
  CHECK(kind("diffusion_matrix: [[x, 0], [0, 1]]") == NoiseShape::Kind::general);
  CHECK(dynamics("diffusion_matrix: [[1], [2]]")->noise().processes == 1);
  for (const char* rest : {"diffusion: [1, 2]", "diffusion: [x, sin(y)]", "diffusion: [y, 1]",
                           "diffusion_matrix: [[1, 0.5, x], [0, 1, y]]"})
    CHECK(contracts::dynamics_laws(*dynamics(rest)) == contracts::BrokenLaws{});
}

TEST_CASE("wrong formulas are found where they stand", "[unit]") {
  CHECK(complaints("diffusion: [1, 2*z]").find("diffusion[1]: has the unknown name 'z' at character 3") !=
        std::string::npos);
  CHECK(complaints("diffusion_matrix: [[1, 0], [0, x^]]").find("diffusion_matrix[1][1]: ends too early") !=
        std::string::npos);
  CHECK(complaints("diffusion: [1]").find("diffusion: must be one for each coordinate") != std::string::npos);
  CHECK(complaints("diffusion_matrix: [[1, 0], [0]]").find("rows of one length") != std::string::npos);
  CHECK(complaints("parameters: {a: 1}").find("either 'diffusion' or 'diffusion_matrix'") != std::string::npos);
  CHECK(complaints("diffusion: [1, 1], parameters: {x: 1}").find("means something else already") != std::string::npos);
}
