// SPDX-License-Identifier: MIT
#include "conventions/rules.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace liftwell::conventions {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_file = 450;
constexpr std::array top_folders{"framework", "components", "workflows", "schemas", "tests"};
constexpr std::array layers{"base",     "registry", "config",   "execution", "data",
                            "families", "store",    "pipeline", "reporting", "cli"};

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool is_header(const fs::path& file) { return file.extension() == ".hpp"; }
bool is_cpp(const fs::path& file) { return file.extension() == ".cpp" || is_header(file); }

/// Files below root/folder that `wanted` accepts, sorted; build outputs have no business there.
std::vector<fs::path> files_below(const fs::path& root, const fs::path& folder, bool (*wanted)(const fs::path&)) {
  std::vector<fs::path> files;
  if (!fs::exists(root / folder)) return files;
  for (auto entry = fs::recursive_directory_iterator(root / folder); entry != fs::recursive_directory_iterator();
       ++entry) {
    if (entry->is_directory() && entry->path().filename() == "build") entry.disable_recursion_pending();
    if (entry->is_regular_file() && wanted(entry->path())) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> cpp_files(const fs::path& root) {
  std::vector<fs::path> all;
  for (const char* folder : top_folders) {
    const std::vector<fs::path> files = files_below(root, folder, is_cpp);
    all.insert(all.end(), files.begin(), files.end());
  }
  return all;
}

std::string place(const fs::path& root, const fs::path& file, std::size_t line = 0) {
  const std::string path = fs::relative(file, root).generic_string();
  return line == 0 ? path : path + ":" + std::to_string(line);
}

/// Calls `visit(file, line number, line)` for every line of every file.
template <class Visit>
void each_line(const std::vector<fs::path>& files, Visit visit) {
  for (const fs::path& file : files) {
    const std::vector<std::string> lines = lines_of(file);
    for (std::size_t i = 0; i < lines.size(); ++i) visit(file, i + 1, lines[i]);
  }
}

Findings licence_head(const fs::path& root) {
  Findings findings;
  std::vector<fs::path> files = cpp_files(root);
  const auto scripts = [](const fs::path& file) {
    return file.filename() == "CMakeLists.txt" || file.extension() == ".cmake" || file.extension() == ".sh" ||
           file.extension() == ".py";
  };
  for (const char* folder : top_folders) {
    const std::vector<fs::path> more = files_below(root, folder, scripts);
    files.insert(files.end(), more.begin(), more.end());
  }
  for (const fs::path& file : files) {
    const std::vector<std::string> lines = lines_of(file);
    const auto marked = [](const std::string& line) {
      return line.find("SPDX-License-Identifier: MIT") != std::string::npos;
    };
    if (std::none_of(lines.begin(), lines.begin() + std::min<std::ptrdiff_t>(2, std::ssize(lines)), marked))
      findings.push_back({place(root, file), "start the file with 'SPDX-License-Identifier: MIT'"});
  }
  return findings;
}

Findings short_files(const fs::path& root) {
  Findings findings;
  for (const fs::path& file : cpp_files(root))
    if (const std::size_t length = lines_of(file).size(); length > longest_file)
      findings.push_back({place(root, file), std::to_string(length) + " lines, the limit is " +
                                                 std::to_string(longest_file) + "; split it by what it does"});
  return findings;
}

Findings no_using_in_headers(const fs::path& root) {
  Findings findings;
  std::vector<fs::path> headers = cpp_files(root);
  std::erase_if(headers, [](const fs::path& file) { return !is_header(file); });
  each_line(headers, [&](const fs::path& file, std::size_t number, const std::string& line) {
    // Inside a function (indented) it stays there.
    if (line.starts_with("using namespace"))
      findings.push_back({place(root, file, number), "name what is used instead of 'using namespace'"});
  });
  return findings;
}

Findings layer_order(const fs::path& root) {
  Findings findings;
  static const std::regex include(R"(^\s*#\s*include\s*["<]liftwell/([a-z_]+)/)");
  const auto rank = [](const std::string& layer) {
    return std::find(layers.begin(), layers.end(), layer) - layers.begin();
  };
  each_line(files_below(root, "framework", is_cpp), [&](const fs::path& file, std::size_t number, const auto& line) {
    std::smatch match;
    if (!std::regex_search(line, match, include)) return;
    const std::string own = fs::relative(file, root / "framework").begin()->string();
    const std::string other = match[1];
    if (rank(other) > rank(own))
      findings.push_back({place(root, file, number), "layer " + own + " includes the higher layer " + other});
  });
  return findings;
}

Findings framework_knows_no_component(const fs::path& root) {
  Findings findings;
  each_line(files_below(root, "framework", is_cpp), [&](const fs::path& file, std::size_t number, const auto& line) {
    if (line.find("components/") != std::string::npos)
      findings.push_back({place(root, file, number), "the framework speaks of components/"});
  });
  return findings;
}

Findings family_isolation(const fs::path& root) {
  Findings findings;
  static const std::regex include(R"re(^\s*#\s*include\s*"([^"]+)")re");
  each_line(files_below(root, "components", is_cpp), [&](const fs::path& file, std::size_t number, const auto& line) {
    std::smatch match;
    if (!std::regex_search(line, match, include)) return;
    const std::string included = match[1];
    if (included.starts_with("liftwell/")) return;
    if (included.find("..") != std::string::npos || !fs::exists(file.parent_path() / included))
      findings.push_back({place(root, file, number), "'" + included + "' is neither a framework header nor beside it"});
  });
  return findings;
}

/// LIFTWELL_COMPONENT lines of one file: (line, id).
std::vector<std::pair<std::size_t, std::string>> registrations(const fs::path& file) {
  static const std::regex pattern(R"(^LIFTWELL_COMPONENT\((\w+)\))");
  std::vector<std::pair<std::size_t, std::string>> found;
  each_line({file}, [&](const fs::path&, std::size_t number, const std::string& line) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) found.emplace_back(number, match[1]);
  });
  return found;
}

Findings one_component_one_file(const fs::path& root) {
  Findings findings;
  for (const fs::path& file : files_below(root, "components", is_cpp)) {
    const auto found = registrations(file);
    if (is_header(file) && !found.empty())
      findings.push_back({place(root, file, found.front().first), "a header registers nothing; use a .cpp file"});
    if (found.size() > 1)
      findings.push_back({place(root, file, found[1].first), "a second component in one file; give it its own"});
    if (!found.empty() && found.front().second != file.stem())
      findings.push_back({place(root, file, found.front().first),
                          "component '" + found.front().second + "' belongs in " + found.front().second + ".cpp"});
  }
  return findings;
}

Findings readmes(const fs::path& root) {
  Findings findings;
  for (const char* folder : top_folders)
    if (!fs::exists(root / folder / "README.md"))
      findings.push_back({folder, "needs a README.md: what lives here, what does not, the best file to read first"});
  if (!fs::exists(root / "README.md")) findings.push_back({"README.md", "is missing"});
  return findings;
}

Findings workflows_are_listed(const fs::path& root) {
  Findings findings;
  const std::string readme = text_of(root / "workflows" / "README.md");
  const auto yaml = [](const fs::path& file) { return file.extension() == ".yaml"; };
  for (const fs::path& file : files_below(root, "workflows", yaml)) {
    const std::string name = fs::relative(file, root / "workflows").generic_string();
    if (readme.find(name) == std::string::npos)
      findings.push_back({place(root, file), "workflows/README.md does not say what '" + name + "' shows"});
  }
  return findings;
}

Findings tests_have_a_level(const fs::path& root) {
  Findings findings;
  static const std::regex any(R"(\bTEST_CASE\s*\(|\bCATCH_TEST_CASE\s*\()");
  static const std::regex tagged(R"re(TEST_CASE\s*\(((?:\s*"(?:[^"\\]|\\.)*")+)\s*,\s*"([^"]*)"\s*\))re");
  const auto is_test = [](const fs::path& file) { return file.filename().string().ends_with("_test.cpp"); };
  for (const fs::path& file : files_below(root, "tests", is_test)) {
    const std::string text = text_of(file);
    const auto count = std::distance(std::sregex_iterator(text.begin(), text.end(), any), std::sregex_iterator());
    std::ptrdiff_t seen = 0;
    for (auto match = std::sregex_iterator(text.begin(), text.end(), tagged); match != std::sregex_iterator();
         ++match, ++seen) {
      const std::string tags = (*match)[2];
      int levels = 0;
      for (const char* level : {"[unit]", "[statistics]", "[workflow]"})
        levels += tags.find(level) != std::string::npos;
      if (levels == 1) continue;
      const auto line = 1 + std::count(text.begin(), text.begin() + match->position(), '\n');
      findings.push_back({place(root, file, static_cast<std::size_t>(line)),
                          "tags '" + tags + "': name exactly one of [unit], [statistics], [workflow]"});
    }
    if (seen != count) findings.push_back({place(root, file), "a test case without tags"});
  }
  return findings;
}

/// The name as a whole word in a test, its workflows included; a test of the conventions is none.
Findings component_is_tested(const fs::path& root) {
  Findings findings;
  const auto text_file = [](const fs::path& file) {
    return is_cpp(file) || file.extension() == ".yaml" || file.extension() == ".sh" || file.extension() == ".py";
  };
  std::string all;
  for (const fs::path& file : files_below(root, "tests", text_file))
    if (file.parent_path().filename() != "conventions") all += text_of(file);
  for (const fs::path& file : files_below(root, "components", is_cpp))
    for (const auto& [line, id] : registrations(file))
      if (!std::regex_search(all, std::regex("\\b" + id + "\\b")))
        findings.push_back({place(root, file, line), "no test speaks of '" + id + "'; add tests/components/" +
                                                         file.parent_path().filename().string() + "/" + id +
                                                         "_test.cpp"});
  return findings;
}

Findings nothing_unfinished(const fs::path& root) {
  Findings findings;
  // Written in two halves so that this line does not find itself.
  static const std::regex mark(R"(//.*\b(TO)"
                               "DO|FIX"
                               R"(ME|X)"
                               R"(XX|HA)"
                               R"(CK)\b)");
  each_line(cpp_files(root), [&](const fs::path& file, std::size_t number, const std::string& line) {
    if (std::regex_search(line, mark)) findings.push_back({place(root, file, number), "finish it or file it"});
  });
  return findings;
}

/// Types at the beginning of a line of a header: those of the namespace liftwell. Two of one name are one to the
/// linker, which keeps the functions of either: the wrong destructor may run.
Findings one_type_one_name(const fs::path& root) {
  static const std::regex definition(R"(^(?:struct|class)\s+(\w+)\s*(?:final\s*)?(?::[^:].*)?\{)");
  Findings out;
  std::map<std::string, std::string> seen;
  for (const char* folder : {"framework", "components"})
    for (const fs::path& file : files_below(root, folder, is_header)) {
      const std::vector<std::string> lines = lines_of(file);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        std::smatch match;
        if (!std::regex_search(lines[i], match, definition)) continue;
        const auto [first, is_new] = seen.try_emplace(match[1], place(root, file, i + 1));
        if (!is_new)
          out.push_back({place(root, file, i + 1), match[1].str() + " is also the name of a type at " + first->second});
      }
    }
  return out;
}

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = {
      {"licence-head", "the licence must be clear for every file that is copied out", licence_head},
      {"short-files", "a file is read in one sitting", short_files},
      {"no-using-in-headers", "a header must not change the meaning of names where it is included",
       no_using_in_headers},
      {"layer-order", "lower layers can be understood and tested without higher ones", layer_order},
      {"framework-knows-no-component", "a component is added without touching the framework",
       framework_knows_no_component},
      {"family-isolation", "families meet in the framework's interfaces only", family_isolation},
      {"one-component-one-file", "the file name tells what is registered where", one_component_one_file},
      {"readmes", "every folder says what it is for", readmes},
      {"workflows-are-listed", "users choose what to copy from the list", workflows_are_listed},
      {"tests-have-a-level", "ctest selects by level, a test without one would never run", tests_have_a_level},
      {"component-is-tested", "a component without a test works by accident", component_is_tested},
      {"one-type-one-name", "the linker takes types of one name for one type", one_type_one_name},
      {"nothing-unfinished", "marks in the source are read by nobody", nothing_unfinished},
  };
  return all;
}

std::string report(const Rule& rule, const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += rule.id + ": " + finding.where + ": " + finding.message + " (" + rule.reason + ")\n";
  return text;
}

std::vector<std::string> component_lines(const fs::path& root) {
  std::vector<std::string> names;
  for (const fs::path& file : files_below(root, "components", is_cpp))
    for (const auto& [line, id] : registrations(file))
      names.push_back(file.parent_path().filename().string() + "/" + id);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace liftwell::conventions
