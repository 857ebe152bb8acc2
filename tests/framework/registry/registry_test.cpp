// SPDX-License-Identifier: MIT
#include "liftwell/registry/registry.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "support/small_registry.hpp"

namespace liftwell {
namespace {

struct Tool {
  static FamilyInfo family() { return {"tool", "tools", "A tool for tests.", ""}; }
  virtual ~Tool() = default;
};

struct Options {
  double length = 1;
  std::int64_t count = 2;
  std::vector<double> weights{1, 2};
};

struct Hammer : Tool {
  explicit Hammer(const Options& options) : count(options.count) {}
  std::int64_t count;
};

Declaration<Tool, Options> plain(std::string name = "hammer", std::string summary = "Hits.") {
  return Declaration<Tool, Options>(std::move(name), std::move(summary)).reference("Textbook.").example("{}");
}

std::string faults(const ComponentDeclaration& declaration) {
  std::string out;
  for (const std::string& fault : declaration_faults(declaration)) out += fault + "\n";
  return out;
}

TEST_CASE("a good declaration has no fault", "[unit]") {
  CHECK(faults(plain().parameter("length", &Options::length, unit::length, "Its length.", above(0)).creates<Hammer>())
            .empty());
}

TEST_CASE("what a declaration lacks is named", "[unit]") {
  CHECK_THAT(faults(plain("Hammer").creates<Hammer>()), Catch::Contains("tool/Hammer: the name is not snake_case"));
  CHECK_THAT(faults(plain("hammer", "Hits").creates<Hammer>()), Catch::Contains("no full stop"));
  CHECK_THAT(faults(Declaration<Tool, Options>("hammer", "Hits.").creates<Hammer>()),
             Catch::Contains("no reference") && Catch::Contains("no example"));
  CHECK_THAT(faults(plain().parameter("theLength", &Options::length, unit::length, "Long.").creates<Hammer>()),
             Catch::Contains("parameter 'theLength' is not snake_case"));
  CHECK_THAT(faults(plain().parameter("length", &Options::length, unit::length, "Long").creates<Hammer>()),
             Catch::Contains("no sentence ending in a full stop"));
  CHECK_THAT(faults(plain().parameter("length", &Options::length, unit::none, "Long.").creates<Hammer>()),
             Catch::Contains("a real number without a unit"));
  CHECK_THAT(faults(plain().parameter("count", &Options::count, unit::none, "Many.", at_least(3)).creates<Hammer>()),
             Catch::Contains("the default 2 outside its range"));
  CHECK_THAT(
      faults(
          plain().parameter("weights", &Options::weights, unit::dimensionless, "Heavy.", above(1)).creates<Hammer>()),
      Catch::Contains("the default 1 outside its range"));
  CHECK_THAT(faults(plain()
                        .parameter("count", &Options::count, unit::none, "Many.")
                        .parameter("count", &Options::count, unit::none, "Many.")
                        .creates<Hammer>()),
             Catch::Contains("parameter 'count' is declared twice"));
  CHECK_THAT(faults(plain().parameter("type", &Options::count, unit::none, "Many.").creates<Hammer>()),
             Catch::Contains("'type' has a meaning of its own"));
}

TEST_CASE("a stage needs its verb among its keys, and leaves those of loops alone", "[unit]") {
  struct StageLike : Tool {
    static FamilyInfo family() { return {"stage", "", "A stage.", ""}; }
  };
  struct Work : StageLike {
    explicit Work(const Options&) {}
  };
  const auto stage = [] {
    return Declaration<StageLike, Options>("work", "Works.").reference("Textbook.").example("{work: 1}");
  };
  CHECK_THAT(faults(stage().creates<Work>()), Catch::Contains("a stage needs a parameter of its own name"));
  CHECK(faults(stage().parameter("work", &Options::count, unit::none, "What.").creates<Work>()).empty());
  CHECK_THAT(faults(stage()
                        .parameter("work", &Options::count, unit::none, "What.")
                        .parameter("repeat", &Options::count, unit::none, "Often.")
                        .creates<Work>()),
             Catch::Contains("'repeat' has a meaning of its own"));
}

TEST_CASE("a name can be registered once, and the message names both places", "[unit]") {
  Registry registry;
  ComponentDeclaration first = plain().creates<Hammer>();
  first.file = "one.cpp";
  first.line = 3;
  ComponentDeclaration second = plain().creates<Hammer>();
  second.file = "two.cpp";
  second.line = 4;
  registry.add(first);
  CHECK_THROWS_WITH(registry.add(second), Catch::Contains("tool/hammer is registered twice: at one.cpp:3 and at "
                                                          "two.cpp:4"));
}

TEST_CASE("a badly formed declaration cannot be registered", "[unit]") {
  Registry registry;
  CHECK_THROWS_AS(registry.add(plain("Hammer").creates<Hammer>()), InternalError);
  CHECK(registry.all().empty());
}

TEST_CASE("families and names come out sorted", "[unit]") {
  const Registry& registry = small::registry();
  CHECK(registry.names("potential") == std::vector<std::string>{"double_well", "fragile", "harmonic", "mixture"});
  std::vector<std::string> families;
  for (const FamilyInfo& family : registry.families()) families.push_back(family.name);
  CHECK(std::is_sorted(families.begin(), families.end()));
  CHECK(registry.find("potential", "nothing") == nullptr);
  CHECK(registry.find("nothing", "harmonic") == nullptr);
  CHECK(registry.names("nothing").empty());
}

TEST_CASE("what a declaration creates is built and deleted through its family", "[unit]") {
  ComponentDeclaration declaration = plain().creates<Hammer>();
  Configured configured{.declaration = &declaration, .options = Options{.count = 7}};
  const std::unique_ptr<Tool> tool = build<Tool>(configured);
  CHECK(dynamic_cast<const Hammer&>(*tool).count == 7);
  declaration.destroy(declaration.create(configured.options));
}

TEST_CASE("a plug-in that does not exist or is no library is refused", "[unit]") {
  CHECK_THROWS_WITH(load_plugin("/nowhere/libnothing.so"), Catch::Contains("there is no such file"));
  CHECK_THROWS_WITH(load_plugin(LIFTWELL_SOURCE_DIR "/CMakeLists.txt"), Catch::Contains("cannot be loaded"));
}

}  // namespace
// Stages that run side by side rebuild components from what artifacts carry. Seen to
// fail under ThreadSanitizer when global() took the list of registrations without a lock.
TEST_CASE("the global registry can be asked by several threads at once", "[unit]") {
  const std::size_t before = Registry::global().all().size();
  std::vector<std::thread> threads;
  std::atomic<int> missing = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&missing] {
      for (int i = 0; i < 500; ++i) missing += Registry::global().find("potential", "harmonic") == nullptr;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(missing == 0);
  CHECK(Registry::global().all().size() == before);
}

}  // namespace liftwell
