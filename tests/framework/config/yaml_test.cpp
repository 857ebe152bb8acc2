// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "liftwell/config/yaml_reader.hpp"

namespace liftwell {
namespace {

Node read_good(const std::string& text) {
  Diagnostics errors;
  auto node = read_yaml(text, "text", errors);
  for (const Diagnostic& error : errors) UNSCOPED_INFO(error.text());
  REQUIRE(errors.empty());
  REQUIRE(node);
  return *node;
}

TEST_CASE("every key and value knows its line and column, counted in characters", "[unit]") {
  const Node root = read_good("a: 1\n\"gr\u00fc\u00dfe\": [x, {b: \"\u00e9\", c: 2}]\nempty:\nlast: 3\n");
  CHECK(root.entries[0].value.location.text() == "text:1:4");
  CHECK(root.entries[1].key_location.text() == "text:2:1");
  const Node& list = root.entries[1].value;
  CHECK(list.location.text() == "text:2:10");
  CHECK(list.items[1].entries[1].key_location.text() == "text:2:23");
  CHECK(list.items[1].entries[1].value.location.text() == "text:2:26");
  CHECK(root.entries[2].value.kind == Node::Kind::null);
  CHECK(root.entries[2].value.location.text() == "text:3:1");
}

TEST_CASE("quoted scalars are told from plain ones", "[unit]") {
  const Node root = read_good("[1, '1', \"1\", !!str 1, ~, null, '~']");
  CHECK_FALSE(root.items[0].quoted);
  CHECK(root.items[1].quoted);
  CHECK(root.items[2].quoted);
  CHECK(root.items[3].quoted);
  CHECK(root.items[4].kind == Node::Kind::null);
  CHECK(root.items[5].kind == Node::Kind::null);
  CHECK(root.items[6].is_scalar());
}

TEST_CASE("merged keys give way to written ones, and later merges to earlier ones", "[unit]") {
  const Node root = read_good(
      "one: &one {a: 1, b: 1}\n"
      "two: &two {b: 2, c: 2, d: 2}\n"
      "both: {d: 0, <<: [*one, *two]}\n");
  const Node& both = *root.find("both");
  REQUIRE(both.entries.size() == 4);
  CHECK(both.find("a")->text == "1");
  CHECK(both.find("b")->text == "1");
  CHECK(both.find("c")->text == "2");
  CHECK(both.find("d")->text == "0");
  CHECK(both.find("c")->location.text() == "text:2:21");
}

TEST_CASE("a quoted merge key is an ordinary key", "[unit]") { CHECK(read_good("{'<<': 1}").find("<<")->text == "1"); }

TEST_CASE("aliases that multiply without end are refused", "[unit]") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += (k > 0 ? ", " : "") + before;
    text += "]\n";
  }
  Diagnostics errors;
  (void)read_yaml(text, "text", errors);
  REQUIRE(errors.size() == 1);
  CHECK_THAT(errors[0].text(), Catch::Contains("stand for too much"));
}

TEST_CASE("a byte order mark and Windows line ends are no part of the text", "[unit]") {
  const Node root = read_good("\xEF\xBB\xBFname: a\r\nother: b\r\n");
  CHECK(root.find("name")->text == "a");
  CHECK(root.find("name")->location.text() == "text:1:7");
  CHECK(root.find("other")->text == "b");
}

TEST_CASE("text that is written as YAML reads back the same", "[unit]") {
  const std::vector<std::string> texts{"plain",       "two words", "a: b",  "# no comment", "- dash",  "1e5",
                                       "true",        "on",        "",      " space ",      "quo\"te", "back\\slash",
                                       "line\nbreak", "tab\t",     "*star", "{brace}",      "~",       "\u00e9",
                                       "@at",         "-",         "---",   ".inf",         "x, y",    "it's"};
  Node list(Node::Kind::sequence);
  for (const std::string& text : texts) {
    Node item = Node::scalar(text);
    item.quoted = true;
    list.items.push_back(item);
  }
  Node root(Node::Kind::mapping);
  root.entries.push_back({"flow", {}, list});
  Node nested(Node::Kind::sequence);
  Node mapping(Node::Kind::mapping);
  mapping.entries.push_back({"on", {}, list});
  mapping.entries.push_back({"empty", {}, Node(Node::Kind::mapping)});
  nested.items = {mapping, list, mapping};
  root.entries.push_back({"nested", {}, nested});
  const Node again = read_good(to_yaml(root));
  CHECK(to_yaml(again) == to_yaml(root));
  const Node& flow = *again.find("flow");
  REQUIRE(flow.items.size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CHECK(flow.items[i].is_scalar());
    CHECK(flow.items[i].text == texts[i]);
  }
}

}  // namespace
}  // namespace liftwell
