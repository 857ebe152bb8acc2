// SPDX-License-Identifier: MIT
#include "liftwell/data/expression.hpp"

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <numbers>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

struct UnaryFunction {
  const char* name;
  NodeId (*make)(ExpressionGraph&, NodeId);
};
struct BinaryFunction {
  const char* name;
  NodeId (*make)(ExpressionGraph&, NodeId, NodeId);
};

template <Operation operation>
NodeId make_unary(ExpressionGraph& graph, NodeId a) {
  return graph.unary(operation, a);
}

NodeId make_tangent(ExpressionGraph& graph, NodeId a) {
  return graph.binary(Operation::divide, graph.unary(Operation::sine, a), graph.unary(Operation::cosine, a));
}

/// (e^x + e^-x) / 2, which loses nothing, unlike the difference that sinh would be.
NodeId make_hyperbolic_cosine(ExpressionGraph& graph, NodeId a) {
  const NodeId minus_a = graph.unary(Operation::negate, a);
  const NodeId sum = graph.binary(Operation::add, graph.unary(Operation::exponential, a),
                                  graph.unary(Operation::exponential, minus_a));
  return graph.binary(Operation::multiply, graph.constant(0.5), sum);
}

constexpr std::array unary_functions{UnaryFunction{"abs", make_unary<Operation::absolute>},
                                     UnaryFunction{"acos", make_unary<Operation::arc_cosine>},
                                     UnaryFunction{"asin", make_unary<Operation::arc_sine>},
                                     UnaryFunction{"atan", make_unary<Operation::arc_tangent>},
                                     UnaryFunction{"cos", make_unary<Operation::cosine>},
                                     UnaryFunction{"cosh", make_hyperbolic_cosine},
                                     UnaryFunction{"exp", make_unary<Operation::exponential>},
                                     UnaryFunction{"log", make_unary<Operation::logarithm>},
                                     UnaryFunction{"sin", make_unary<Operation::sine>},
                                     UnaryFunction{"sinh", make_unary<Operation::hyperbolic_sine>},
                                     UnaryFunction{"sqrt", make_unary<Operation::square_root>},
                                     UnaryFunction{"tan", make_tangent},
                                     UnaryFunction{"tanh", make_unary<Operation::hyperbolic_tangent>}};

constexpr std::array binary_functions{
    BinaryFunction{"max", [](ExpressionGraph& g, NodeId a, NodeId b) { return g.binary(Operation::maximum, a, b); }},
    BinaryFunction{"min", [](ExpressionGraph& g, NodeId a, NodeId b) { return g.binary(Operation::minimum, a, b); }}};

std::vector<std::string> function_names() {
  std::vector<std::string> out;
  for (const auto& function : unary_functions) out.emplace_back(function.name);
  for (const auto& function : binary_functions) out.emplace_back(function.name);
  return out;
}

std::vector<std::string> value_names(const ExpressionNames& names) {
  std::vector<std::string> out = names.coordinates;
  for (const auto& [name, value] : names.parameters) out.push_back(name);
  out.emplace_back("pi");
  return out;
}

// muParser wants something to call; it is asked for its bytecode only. What a call means is in the user data.
double stand_in(void*, double) { return 0; }
double stand_in_of_two(void*, double, double) { return 0; }
double stand_in_sign(double) { return 0; }

InputError wrong(const std::string& text, std::size_t position, const std::string& message,
                 const std::string& allowed = {}, const std::string& suggestion = {}) {
  return InputError(Diagnostics{{.location = {},
                                 .path = {},
                                 .message = fmt::format("{} at character {}", message, position + 1),
                                 .given = "'" + text + "'",
                                 .allowed = allowed,
                                 .suggestion = suggestion}});
}

constexpr const char* syntax_allowed = "numbers, names, + - * / ^, parentheses and functions";

std::string leading_name(const std::string& token) {
  if (token.empty() || std::isdigit(static_cast<unsigned char>(token.front())) != 0) return {};
  const auto end = std::find_if(token.begin(), token.end(),
                                [](char c) { return c != '_' && std::isalnum(static_cast<unsigned char>(c)) == 0; });
  return {token.begin(), end};
}

InputError translated(const mu::ParserError& error, const std::string& text, const ExpressionNames& names) {
  const std::string& token = error.GetToken();
  // Of a sign muParser tells the place after it, of all else the place itself.
  const bool sign = error.GetCode() == mu::ecUNEXPECTED_OPERATOR && token == "-";
  const auto position = static_cast<std::size_t>(std::max(0, error.GetPos() - (sign ? 1 : 0)));
  switch (error.GetCode()) {
    case mu::ecEMPTY_EXPRESSION: return wrong(text, 0, "is empty", syntax_allowed);
    case mu::ecUNEXPECTED_EOF: return wrong(text, text.size(), "ends too early", syntax_allowed);
    case mu::ecMISSING_PARENS: return wrong(text, text.size(), "lacks a closing parenthesis");
    case mu::ecTOO_MANY_PARAMS: return wrong(text, position, "gives a function too many arguments");
    case mu::ecTOO_FEW_PARAMS: return wrong(text, position, "gives a function too few arguments");
    case mu::ecUNASSIGNABLE_TOKEN: {
      const std::string name = leading_name(token);
      if (name.empty()) break;
      const std::vector<std::string> functions = function_names(), values = value_names(names);
      if (std::find(functions.begin(), functions.end(), name) != functions.end())
        return wrong(text, position, fmt::format("has the function '{}' without its argument in parentheses", name));
      const std::size_t after = text.find_first_not_of(' ', position + name.size());
      const bool call = after != std::string::npos && text[after] == '(';
      const std::vector<std::string>& known = call ? functions : values;
      return wrong(text, position, fmt::format("has the unknown {} '{}'", call ? "function" : "name", name),
                   join_or(known), nearest(name, known));
    }
    default: break;
  }
  const std::string shown = token.substr(0, token.find(' '));
  return wrong(text, position, shown.empty() ? "cannot be read" : fmt::format("has an unexpected '{}'", shown),
               syntax_allowed);
}

bool is_name(const std::string& text) { return !text.empty() && leading_name(text) == text; }

/// Builds the formula that muParser's bytecode computes: a stack machine on nodes instead of numbers.
class BytecodeReader {
 public:
  BytecodeReader(ExpressionGraph& graph, const std::vector<double>& coordinates, const std::string& text)
      : graph_(graph), coordinates_(coordinates), text_(text) {}

  NodeId read(const mu::ParserByteCode& code) {
    const mu::SToken* const tokens = code.GetBase();
    for (std::size_t i = 0; i < code.GetSize() && tokens[i].Cmd != mu::cmEND; ++i) step(tokens[i]);
    ensure(stack_.size() == 1, "a formula was read to something else than one value");
    return stack_.back();
  }

 private:
  NodeId pop() {
    ensure(!stack_.empty(), "a formula was read to nothing");
    const NodeId top = stack_.back();
    stack_.pop_back();
    return top;
  }
  void combine(Operation operation) {
    const NodeId b = pop(), a = pop();
    stack_.push_back(graph_.binary(operation, a, b));
  }
  void call(const mu::SToken& token) {
    const void* const function = token.Fun.cb._pUserData;
    if (function == nullptr) {  // the sign, which muParser gives no user data
      stack_.push_back(graph_.unary(Operation::negate, pop()));
    } else if (token.Fun.argc == 2) {
      const NodeId b = pop(), a = pop();
      stack_.push_back(static_cast<const BinaryFunction*>(function)->make(graph_, a, b));
    } else {
      stack_.push_back(static_cast<const UnaryFunction*>(function)->make(graph_, pop()));
    }
  }
  void step(const mu::SToken& token) {
    switch (token.Cmd) {
      case mu::cmADD: return combine(Operation::add);
      case mu::cmSUB: return combine(Operation::subtract);
      case mu::cmMUL: return combine(Operation::multiply);
      case mu::cmDIV: return combine(Operation::divide);
      case mu::cmPOW: {
        const NodeId b = pop(), a = pop();
        return stack_.push_back(graph_.power(a, b));
      }
      case mu::cmVAR: return stack_.push_back(graph_.coordinate(token.Val.ptr - coordinates_.data()));
      case mu::cmVAL: return stack_.push_back(graph_.constant(token.Val.data2));
      case mu::cmFUNC: return call(token);
      default: throw wrong(text_, 0, "has something no formula can have", syntax_allowed);
    }
  }

  ExpressionGraph& graph_;
  const std::vector<double>& coordinates_;
  const std::string& text_;
  std::vector<NodeId> stack_;
};

}  // namespace

void ExpressionNames::check(Problems& problems) const {
  if (coordinates.empty()) problems.add("coordinates", "must name at least one coordinate");
  std::vector<std::string> taken = function_names();
  taken.emplace_back("pi");
  const auto add = [&](const std::string& key, const std::string& name) {
    if (!is_name(name))
      problems.add(key, "has a name that cannot stand in a formula", "'" + name + "'",
                   "letters, digits and _, not beginning with a digit");
    else if (std::find(taken.begin(), taken.end(), name) != taken.end())
      problems.add(key, "has a name that means something else already", "'" + name + "'");
    taken.push_back(name);
  };
  for (const std::string& name : coordinates) add("coordinates", name);
  for (const auto& [name, value] : parameters) add("parameters", name);
}

ExpressionReader::ExpressionReader(const ExpressionNames& names)
    : names_(names), graph_(static_cast<Index>(names.coordinates.size())) {}

NodeId ExpressionReader::read(const std::string& text) {
  // muParser knows more than formulas: comparisons, conditions, assignment and text.
  if (const auto place = text.find_first_of("<>=!&|?:\"'"); place != std::string::npos)
    throw wrong(text, place, fmt::format("has an unexpected '{}'", text[place]), syntax_allowed);
  std::vector<double> coordinates(names_.coordinates.size(), 0.0);
  try {
    mu::Parser parser;
    parser.EnableOptimizer(false);  // the graph does better, and the bytecode stays simple
    parser.ClearFun();
    parser.ClearConst();
    parser.ClearInfixOprt();
    parser.DefineInfixOprt("-", stand_in_sign);
    for (const auto& function : unary_functions)
      parser.DefineFunUserData(function.name, stand_in, const_cast<UnaryFunction*>(&function));
    for (const auto& function : binary_functions)
      parser.DefineFunUserData(function.name, stand_in_of_two, const_cast<BinaryFunction*>(&function));
    for (std::size_t d = 0; d < coordinates.size(); ++d) parser.DefineVar(names_.coordinates[d], &coordinates[d]);
    for (const auto& [name, value] : names_.parameters) parser.DefineConst(name, value);
    parser.DefineConst("pi", std::numbers::pi);
    parser.SetExpr(text);
    int results = 0;
    (void)parser.Eval(results);  // makes the bytecode
    if (results != 1) throw wrong(text, text.find(','), "has an unexpected ','", syntax_allowed);
    return BytecodeReader(graph_, coordinates, text).read(parser.GetByteCode());
  } catch (const mu::ParserError& error) {
    throw translated(error, text, names_);
  }
}

NodeId ExpressionReader::read(const std::string& text, const std::string& key, Problems& problems) {
  try {
    return read(text);
  } catch (const InputError& error) {
    const Diagnostic& finding = error.diagnostics().front();
    problems.add(key, finding.message, finding.given, finding.allowed, finding.suggestion);
    return graph_.constant(0);
  }
}

}  // namespace liftwell
