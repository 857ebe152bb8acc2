// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/base/unit.hpp"
#include "liftwell/registry/attribute.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/registry/value.hpp"

namespace liftwell {
namespace {

/// Collects findings; knows no components.
struct Collector final : Extraction {
  explicit Collector(bool physical) : physical_(physical) {}
  std::shared_ptr<const Configured> component(std::string_view, const Node&, const std::string&) override {
    return nullptr;
  }
  void stage_reference(const StageReference& reference) override { references.push_back(reference.text()); }
  [[nodiscard]] std::optional<std::filesystem::path> file(const Node& node, const std::string&) override {
    return "found/" + node.text;
  }
  [[nodiscard]] bool physical_units() const override { return physical_; }
  std::vector<std::string> references;

 private:
  bool physical_;
};

Parameter described(std::string key, ValueKind kind, Unit unit = unit::none, Attributes attributes = {}) {
  Parameter parameter;
  parameter.key = std::move(key);
  parameter.kind = kind;
  parameter.unit = unit;
  parameter.attributes = std::move(attributes);
  return parameter;
}

struct Reading {
  bool good = false;
  double value = 0;
  std::string message;
};

Reading read_real(const std::string& text, Unit unit, bool physical = true, Attributes attributes = {}) {
  Collector collector(physical);
  const Parameter parameter = described("x", ValueKind::real, unit, std::move(attributes));
  Reading out;
  out.good = read_scalar(Node::scalar(text), out.value, {parameter, "x", collector});
  if (!out.good) out.message = collector.errors().at(0).text();
  return out;
}

TEST_CASE("a file is a path that exists, unset when not given, and never has a default", "[unit]") {
  Collector collector(false);
  Parameter parameter;
  Value<std::filesystem::path>::describe(parameter);
  CHECK(parameter.kind == ValueKind::file);
  CHECK(parameter.type_text() == "path of a file");
  std::filesystem::path value;
  CHECK(Value<std::filesystem::path>::write(value).kind == Node::Kind::null);
  CHECK(read_scalar(Node::scalar("a.csv"), value, {parameter, "x", collector}));
  CHECK(value == "found/a.csv");
  CHECK(Value<std::filesystem::path>::write(value).text == "found/a.csv");
  CHECK_FALSE(read_scalar(Node(Node::Kind::sequence), value, {parameter, "x", collector}));
  CHECK(collector.errors().at(0).text() == "x: must be the path of a file (a list of 0); allowed: path of a file");

  ComponentDeclaration declaration;
  declaration.parameters = {parameter};
  declaration.parameters[0].default_value = Node::scalar("/home/me/a.csv");
  const auto faults = declaration_faults(declaration);
  CHECK(std::any_of(faults.begin(), faults.end(),
                    [](const std::string& fault) { return fault.find("file with a default") != std::string::npos; }));
}

TEST_CASE("ranges say what they allow", "[unit]") {
  CHECK(above(0).range.text() == "above 0");
  CHECK(at_least(1).range.text() == "at least 1");
  CHECK(between(0, 1).range.text() == "from 0 to 1");
  CHECK(inside(0, 1).range.text() == "strictly between 0 and 1");
  CHECK(Range{}.text().empty());
  CHECK(Range{.high = 3}.text() == "at most 3");
  CHECK(Range{.high = 3, .high_open = true}.text() == "below 3");
}

TEST_CASE("ranges contain their closed ends only, and never a not-a-number", "[unit]") {
  CHECK(between(0, 1).range.contains(0));
  CHECK(between(0, 1).range.contains(1));
  CHECK_FALSE(inside(0, 1).range.contains(0));
  CHECK_FALSE(inside(0, 1).range.contains(1));
  CHECK_FALSE(above(0).range.contains(0));
  CHECK(above(0).range.contains(5e-324));
  CHECK_FALSE(Range{}.contains(std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("attributes add up", "[unit]") {
  const Attributes all = required() | above(2) | renamed_from("old") | renamed_from("older") | deprecated("use y");
  CHECK(all.required);
  CHECK(all.range.text() == "above 2");
  CHECK(all.renamed_from == std::vector<std::string>{"old", "older"});
  CHECK(all.deprecated == "use y");
  CHECK((one_of({"a", "b"}) | required()).choices == std::vector<std::string>{"a", "b"});
}

TEST_CASE("quantities are converted to internal units", "[unit]") {
  CHECK(read_real("2 fs", unit::time).value == Approx(0.002));
  CHECK(read_real("0.4 ns", unit::time).value == Approx(400));
  CHECK(read_real("0.4ns", unit::time).value == Approx(400));
  CHECK(read_real("+1e1 angstrom", unit::length).value == Approx(1));
  CHECK(read_real("1 kcal/mol", unit::energy).value == Approx(4.184));
  CHECK(read_real("300 K", unit::temperature).value == Approx(2.494338785).epsilon(1e-9));
  CHECK(read_real("180 deg", unit::coarse).value == Approx(3.14159265358979));
  CHECK(read_real("1 kcal/mol/angstrom^2", unit::coarse_stiffness).value == Approx(418.4));
  CHECK(read_real("1 kcal/mol/rad^2", unit::coarse_stiffness).value == Approx(4.184));
  CHECK(read_real("0.1 kJ/mol/deg^2", unit::coarse_stiffness).value == Approx(328.2806350011744));
  CHECK(read_real("5 kJ/mol", unit::coarse_stiffness).value == 5);  // of a coordination number
  CHECK(read_real("3 sigma", unit::window_sigma, false).value == 3);
  CHECK(read_real("7", unit::time).value == 7);
  CHECK(read_real(".inf", unit::time, true, or_infinite()).value == std::numeric_limits<double>::infinity());
  CHECK(read_real("-.inf", unit::time, true, or_infinite()).value == -std::numeric_limits<double>::infinity());
  CHECK(read_real("-.inf", unit::time).message == "x: must be finite ('-.inf'); allowed: real, in fs, ps or ns");
}

TEST_CASE("units of another dimension, unknown ones and units in reduced workflows are refused", "[unit]") {
  CHECK(read_real("2 nm", unit::time).message ==
        "x: has the unit 'nm' where time is expected ('2 nm'); allowed: real, in fs, ps or ns; "
        "did you mean 'ns'?");
  CHECK(read_real("2 pss", unit::time).message ==
        "x: is not a number, or has an unknown unit 'pss' ('2 pss'); allowed: real, in fs, ps or ns; "
        "did you mean 'ps'?");
  CHECK_THAT(read_real("2 ps", unit::time, false).message, Catch::Contains("this workflow is in reduced units"));
  CHECK_THAT(read_real("2 ps", unit::dimensionless).message, Catch::Contains("where a plain number is expected"));
}

TEST_CASE("what is no number is refused", "[unit]") {
  for (const char* text : {"", "x", "nan", ".nan", "1e999", "--1", "ps", "1 2"}) {
    INFO(text);
    CHECK_FALSE(read_real(text, unit::dimensionless).good);
  }
  CHECK_FALSE(read_real("0", unit::length, true, above(0)).good);
}

TEST_CASE("whole numbers may be written with an exponent but not with a fraction", "[unit]") {
  Collector collector(true);
  const Parameter parameter = described("n", ValueKind::integer, unit::none, between(0, 1000000));
  const ReadContext context{parameter, "n", collector};
  std::int64_t value = 0;
  CHECK(read_scalar(Node::scalar("1e6"), value, context));
  CHECK(value == 1000000);
  CHECK_FALSE(read_scalar(Node::scalar("1.5"), value, context));
  CHECK_FALSE(read_scalar(Node::scalar("1e7"), value, context));
  CHECK_FALSE(read_scalar(Node::scalar("-1"), value, context));
  CHECK_FALSE(read_scalar(Node::scalar("10 fs"), value, context));
  CHECK(value == 1000000);
}

TEST_CASE("numbers are written so that they read back to the same bits", "[unit]") {
  for (const double number : {0.1, 1e-4, 1.0 / 3, 1e300, 5e-324, -0.0, 35.564, 123456789.123456789}) {
    double again = 0;
    Collector collector(true);
    const Parameter parameter = described("x", ValueKind::real, unit::dimensionless);
    REQUIRE(read_scalar(to_node(number), again, {parameter, "x", collector}));
    CHECK(again == number);
  }
}

TEST_CASE("references to stages are parsed and collected", "[unit]") {
  Collector collector(true);
  Parameter parameter = described("data", ValueKind::input);
  parameter.artifact_type = "ensemble";
  const ReadContext context{parameter, "data", collector};
  Node list(Node::Kind::sequence);
  list.items = {Node::scalar("a"), Node::scalar("b@all"), Node::scalar("c@previous")};
  std::vector<StageReference> references;
  CHECK(read_references(list, references, true, context));
  CHECK(collector.references == std::vector<std::string>{"a", "b@all", "c@previous"});
  CHECK(references[1].which == StageReference::Which::all);
  CHECK(references[2].artifact_type == "ensemble");
  CHECK_FALSE(read_references(list, references, false, context));
  CHECK_FALSE(read_references(Node::scalar("b@all"), references, false, context));
  CHECK_FALSE(read_references(Node::scalar("b@sometimes"), references, true, context));
}

TEST_CASE("the nearest name is a likely slip or nothing", "[unit]") {
  const std::vector<std::string> names{"harmonic", "muller_brown", "mb", "x"};
  CHECK(nearest("harmnic", names) == "harmonic");
  CHECK(nearest("hamronic", names) == "harmonic");
  CHECK(nearest("muller_bronw", names) == "muller_brown");
  CHECK(nearest("muller", names) == "muller_brown");
  CHECK(nearest("bm", names) == "mb");
  CHECK(nearest("mbb", names) == "mb");
  CHECK(nearest("y", names).empty());
  CHECK(nearest("temperature", names).empty());
  CHECK(nearest("", names).empty());
}

TEST_CASE("a finding is one line with all it knows", "[unit]") {
  const Diagnostic full{{"f.yaml", 3, 4}, "a.b", "is wrong", "'x\ny'", "good things", "z"};
  CHECK(full.text() == "f.yaml:3:4: a.b: is wrong ('x\\ny'); allowed: good things; did you mean 'z'?");
  CHECK(Diagnostic{.message = "alone"}.text() == "alone");
  CHECK(Diagnostic{.location = {.source = "--set a=b"}, .message = "is wrong"}.text() == "--set a=b: is wrong");
  CHECK(join_or({"a", "b", "c"}) == "a, b or c");
  CHECK(join_or({}).empty());
}

}  // namespace
}  // namespace liftwell
