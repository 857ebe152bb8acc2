// SPDX-License-Identifier: MIT
#include "liftwell/data/expression.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/data/lane_program.hpp"

using namespace liftwell;

namespace {

double value(const std::string& text, double x = 0, double y = 0) {
  ExpressionReader reader({{"x", "y"}, {{"half", 0.5}}});
  const NodeId root = reader.read(text);
  const LaneProgram program(reader.graph(), {root});
  BlockBuffer states(2, 8), out(1, 8);
  states.block().row(0).setConstant(x);
  states.block().row(1).setConstant(y);
  program.run(states.block(), out.block());
  return out.block()(0, 3);
}

std::string complaint(const std::string& text) {
  ExpressionReader reader({{"x1", "x2"}, {{"epsilon", 0.5}}});
  try {
    (void)reader.read(text);
  } catch (const InputError& error) {
    return error.diagnostics().front().text();
  }
  return {};
}

}  // namespace

TEST_CASE("a formula is read as it is meant", "[unit]") {
  CHECK(value("2 + 3*4 - 1") == 13);
  CHECK(value("-x^2", 3) == -9);
  CHECK(value("2^3^2") == 512);
  CHECK(value("x^-2", 2) == 0.25);
  CHECK(value("-x*-y", 3, 4) == 12);
  CHECK(value("x - y - 1", 3, 1) == 1);
  CHECK(value("x/y/2", 8, 2) == 2);
  CHECK(value("1.5e-3*x", 2) == 0.003);
  CHECK(value("half*pi") == Approx(std::numbers::pi / 2).epsilon(1e-15));
  CHECK(value("sqrt(x)^3", 4) == 8);
  CHECK(value("x^2.5", 4) == Approx(32).epsilon(1e-15));
  CHECK(value("x^y", 1.7, 2.3) == Approx(std::pow(1.7, 2.3)).epsilon(1e-14));
  CHECK(value("max(x, y) - min(x, y)", 3, 7) == 4);
  CHECK(value("x^7 - x^0", 2) == 127);
}

TEST_CASE("a formula's functions are those of the standard library", "[unit]") {
  for (const double x : {-0.9, -0.3, 0.2, 0.7}) {
    CHECK(value("sin(x)", x) == Approx(std::sin(x)).epsilon(1e-14));
    CHECK(value("cos(x)", x) == Approx(std::cos(x)).epsilon(1e-14));
    CHECK(value("tan(x)", x) == Approx(std::tan(x)).epsilon(1e-14));
    CHECK(value("asin(x)", x) == Approx(std::asin(x)).epsilon(1e-14));
    CHECK(value("acos(x)", x) == Approx(std::acos(x)).epsilon(1e-14));
    CHECK(value("atan(x)", x) == Approx(std::atan(x)).epsilon(1e-14));
    CHECK(value("sinh(x)", x) == Approx(std::sinh(x)).epsilon(1e-14));
    CHECK(value("cosh(x)", x) == Approx(std::cosh(x)).epsilon(1e-14));
    CHECK(value("tanh(x)", x) == Approx(std::tanh(x)).epsilon(1e-14));
    CHECK(value("exp(x)", x) == Approx(std::exp(x)).epsilon(1e-14));
    CHECK(value("log(x + 1)", x) == Approx(std::log(x + 1)).epsilon(1e-14));
    CHECK(value("abs(x)", x) == std::abs(x));
  }
}

TEST_CASE("what has no logarithm gives no number, in formulas as in the standard library", "[unit]") {
  // A user's barrier -log(1 - r^2) must not be finite behind it.
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const double none : {-1.0, -1e-300, -infinity, std::nan("")}) CHECK(std::isnan(value("log(x)", none)));
  for (const double zero : {0.0, -0.0}) CHECK(value("log(x)", zero) == -infinity);
  CHECK(value("log(x)", 1) == 0);
  CHECK(value("log(x)", infinity) == infinity);
}

TEST_CASE("the derivative of a logarithm is no number where the logarithm is none", "[unit]") {
  ExpressionReader reader({{"x", "y"}, {}});
  const NodeId root = reader.read("log(1 - x^2)");
  const LaneProgram program(reader.graph(), reader.graph().gradient(root));
  BlockBuffer states(2, 8), out(2, 8);
  states.block().row(0) << 0, 0.5, 0.999, 1.5, -2, 3, -0.5, 1.0001;
  program.run(std::as_const(states).block(), out.block());
  for (Index lane = 0; lane < 8; ++lane) {
    const double x = states.block()(0, lane);
    if (std::abs(x) < 1)
      CHECK(out.block()(0, lane) == Approx(-2 * x / (1 - x * x)).epsilon(1e-12));
    else
      CHECK(std::isnan(out.block()(0, lane)));
  }
}

TEST_CASE("equal parts of formulas are one node, and constants gather", "[unit]") {
  ExpressionReader reader({{"x", "y"}, {}});
  CHECK(reader.read("(x - 1)*y") == reader.read("y*(x - 1)"));
  CHECK(reader.read("2*(3*x)") == reader.read("6*x"));
  CHECK(reader.read("x + x") == reader.read("2*x"));
  CHECK(reader.read("x*x") == reader.read("x^2"));
  CHECK(reader.read("-(2*x)") == reader.read("-2*x"));
  CHECK(reader.read("y + 0*x") == reader.read("y"));
  const auto gradient = reader.graph().gradient(reader.read("x^2 + 3*y"));
  CHECK(gradient[0] == reader.read("2*x"));
  CHECK(gradient[1] == reader.read("3"));
  CHECK(reader.graph().dependence(reader.read("exp(y)*2")) == std::vector<bool>{false, true});
}

TEST_CASE("a program that writes fewer outputs writes the same bits", "[unit]") {
  ExpressionReader reader({{"x", "y"}, {}});
  // The product y*y is taken up by the sum only if nobody else wants it.
  const std::vector<NodeId> outputs{reader.read("x + y*y"), reader.read("y*y*exp(x)"), reader.read("x"),
                                    reader.read("x + y*y"), reader.read("2.5")};
  const LaneProgram all(reader.graph(), outputs), one(reader.graph(), outputs, 1);
  BlockBuffer x(2, 264), whole(5, 264), part(1, 264);
  for (Index lane = 0; lane < 264; ++lane) {
    x.block()(0, lane) = 0.1 + 0.01 * static_cast<double>(lane);
    x.block()(1, lane) = 1 / (3.0 + static_cast<double>(lane));
  }
  all.run(x.block(), whole.block());
  one.run(x.block(), part.block());
  CHECK((whole.block().row(0) == part.block().row(0)).all());
  CHECK((whole.block().row(2) == x.block().row(0)).all());
  CHECK((whole.block().row(3) == whole.block().row(0)).all());
  CHECK((whole.block().row(4) == 2.5).all());
}

TEST_CASE("what is wrong with a formula is said with its place, what is allowed and the nearest name", "[unit]") {
  CHECK(complaint("x1 + x2/epsilon").empty());
  CHECK(complaint("x1 + 2*epsilom") ==
        "has the unknown name 'epsilom' at character 8 ('x1 + 2*epsilom'); allowed: x1, x2, epsilon or pi; "
        "did you mean 'epsilon'?");
  CHECK(complaint("2*sqr(x1)") ==
        "has the unknown function 'sqr' at character 3 ('2*sqr(x1)'); allowed: abs, acos, asin, atan, cos, cosh, exp, "
        "log, sin, sinh, sqrt, tan, tanh, max or min; did you mean 'sqrt'?");
  CHECK(complaint("exp + 1") ==
        "has the function 'exp' without its argument in parentheses at character 1 ('exp + 1')");
  CHECK(complaint("(x1 + 2") == "lacks a closing parenthesis at character 8 ('(x1 + 2')");
  CHECK(complaint("max(x1)") == "gives a function too few arguments at character 7 ('max(x1)')");
  CHECK(complaint("sin(x1, x2)") == "gives a function too many arguments at character 11 ('sin(x1, x2)')");
  const std::string allowed = "allowed: numbers, names, + - * / ^, parentheses and functions";
  CHECK(complaint("x1 + ") == "ends too early at character 6 ('x1 + '); " + allowed);
  CHECK(complaint("") == "is empty at character 1 (''); " + allowed);
  for (const auto& [formula, token, place] :
       {std::tuple{"--x1^2/2", '-', 2}, std::tuple{"---x1", '-', 2}, std::tuple{"2*x1 - --x1", '-', 9},
        std::tuple{"-*x1", '*', 2}, std::tuple{"x1 +* 2", '*', 5}, std::tuple{"2 3", '3', 3}})
    CHECK(complaint(formula) ==
          fmt::format("has an unexpected '{}' at character {} ('{}'); {}", token, place, formula, allowed));
  CHECK(complaint("x1 + 2)") == "has an unexpected ')' at character 7 ('x1 + 2)'); " + allowed);
  CHECK(complaint("2 x1") == "has an unexpected 'x1' at character 3 ('2 x1'); " + allowed);
  CHECK(complaint("x1 ** 2") == "has an unexpected '*' at character 5 ('x1 ** 2'); " + allowed);
  CHECK(complaint("x1, x2") == "has an unexpected ',' at character 3 ('x1, x2'); " + allowed);
  CHECK(complaint("x1 > 2") == "has an unexpected '>' at character 4 ('x1 > 2'); " + allowed);
  CHECK(complaint("x1 = 2") == "has an unexpected '=' at character 4 ('x1 = 2'); " + allowed);
  CHECK(complaint("x1 − x2") == "has an unexpected '−' at character 4 ('x1 − x2'); " + allowed);
  CHECK(complaint("3.4.5") == "has an unexpected '.5' at character 4 ('3.4.5'); " + allowed);
}
