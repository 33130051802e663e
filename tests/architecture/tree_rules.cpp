#include "architecture/tree_rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string_view>

#include "support/repository.hpp"

namespace infersim::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string_view>;

constexpr std::size_t most_lines = 400;

/// The table of the architecture: a layer and what it may include, itself aside.
const std::map<std::string_view, Names> allowed = {
    {"core", {}},
    {"hardware", {"core"}},
    {"workload", {"core"}},
    {"cost", {"core", "hardware", "workload"}},
    {"phase", {"core", "hardware", "workload", "cost"}},
    {"serving", {"core", "hardware", "workload", "phase"}},
    {"economics", {"core", "hardware", "cost", "serving"}},
    {"scenario", {"core", "hardware", "workload", "cost", "phase", "serving", "economics"}},
    {"search",
     {"core", "hardware", "workload", "cost", "phase", "serving", "economics", "scenario"}},
    {"calibration", {"core", "hardware", "workload", "cost", "phase"}},
    {"validation",
     {"core", "hardware", "workload", "cost", "phase", "serving", "economics", "scenario",
      "calibration"}},
    {"report",
     {"core", "hardware", "workload", "cost", "phase", "serving", "economics", "scenario", "search",
      "calibration", "validation"}},
    {"explore", {"core", "cost", "phase", "economics", "scenario", "search", "report"}},
    {"sweep",
     {"core", "hardware", "workload", "cost", "phase", "serving", "economics", "scenario", "search",
      "report"}},
    {"cli",
     {"core", "hardware", "workload", "cost", "phase", "serving", "economics", "scenario", "search",
      "calibration", "validation", "report", "explore", "sweep"}},
};

/// Headers that cost a second or more in every file that includes them.
constexpr std::array<std::string_view, 4> heavy = {"toml++/", "boost/", "nlohmann/", "CLI/"};

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What an `#include` line names, without its quotes; empty if the line is none.
std::string_view included(std::string_view line) {
  const auto skip_blank = [&line] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  skip_blank();
  if (!line.starts_with('#')) return {};
  line.remove_prefix(1);
  skip_blank();
  if (!line.starts_with("include")) return {};
  line.remove_prefix(7);
  skip_blank();
  if (line.empty() || (line.front() != '"' && line.front() != '<')) return {};
  const char close = line.front() == '"' ? '"' : '>';
  line.remove_prefix(1);
  return line.substr(0, line.find(close));
}

/// The layer that an include names: `infersim/cost/x.hpp`, or `cost/x.hpp` for what a layer keeps
/// beside its sources. Empty if it names none.
std::string_view included_layer(std::string_view name) {
  const bool is_public = name.starts_with("infersim/");
  if (is_public) name.remove_prefix(9);
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view layer = name.substr(0, slash);
  return is_public || allowed.contains(layer) ? layer : std::string_view{};
}

class Tree {
 public:
  explicit Tree(fs::path root) : root_(std::move(root)) {}

  std::vector<std::string> breaches() {
    for (const std::string_view top : {"include", "sim", "tests", "bench", "fuzz", "tools"}) {
      if (!fs::is_directory(root_ / top)) continue;
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root_ / top)) {
        const auto extension = entry.path().extension();
        if (extension == ".hpp" || extension == ".cpp") check_file(entry.path());
      }
    }
    for (const std::string_view top : {"include/infersim", "sim"}) {
      if (!fs::is_directory(root_ / top)) continue;
      for (const fs::directory_entry& entry : fs::directory_iterator(root_ / top)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory() && !allowed.contains(name)) {
          add(std::string(top) + '/' + name, 0, "is no layer of the architecture");
        }
      }
    }
    std::sort(breaches_.begin(), breaches_.end());
    return breaches_;
  }

 private:
  void add(const std::string& path, std::size_t line, const std::string& what) {
    breaches_.push_back(path + ':' + std::to_string(line) + ": " + what);
  }

  void check_file(const fs::path& file) {
    const fs::path relative = fs::relative(file, root_);
    const std::string path = relative.generic_string();
    // include/infersim/<layer>/x.hpp or sim/<layer>/x.cpp
    auto part = relative.begin();
    const std::string top = (part++)->string();
    const bool is_public = top == "include";
    if (is_public && part != relative.end()) ++part;
    const std::string layer =
        (is_public || top == "sim") && part != relative.end() ? part->string() : std::string();

    std::istringstream text(read_file(file));
    bool has_pragma_once = false;
    std::size_t number = 0;
    for (std::string line; std::getline(text, line);) {
      ++number;
      if (line == "#pragma once") has_pragma_once = true;
      const std::string_view name = included(line);
      if (name.empty()) continue;
      if (!layer.empty()) check_include(path, number, layer, name, is_public);
      if (name.starts_with("catch2/") && path != "tests/support/catch.hpp") {
        add(path, number, "includes Catch; use support/catch.hpp");
      }
    }
    if (number > most_lines) {
      add(path, number, "longer than " + std::to_string(most_lines) + " lines");
    }
    if (file.extension() == ".hpp" && !has_pragma_once) add(path, 1, "lacks #pragma once");
    if (top == "sim" && layer != "cli" && file.extension() == ".cpp") check_header(file, path);
  }

  void check_include(const std::string& path, std::size_t line, const std::string& layer,
                     std::string_view name, bool is_public) {
    const std::string_view other = included_layer(name);
    const auto row = allowed.find(layer);
    if (!other.empty() && other != layer && row != allowed.end() && !contains(row->second, other)) {
      add(path, line, layer + " may not include " + std::string(other));
    }
    for (const std::string_view library : heavy) {
      if (is_public && name.starts_with(library)) {
        add(path, line, "a public header includes " + std::string(name));
      }
    }
  }

  /// `steady_state.cpp` and a further part of it, `steady_state_crowd.cpp`, have
  /// `steady_state.hpp`.
  void check_header(const fs::path& source, const std::string& path) {
    const fs::path layer = source.parent_path().filename();
    std::string stem = source.stem().string();
    while (true) {
      const std::string name = stem + ".hpp";
      if (fs::exists(source.parent_path() / name) ||
          fs::exists(root_ / "include/infersim" / layer / name)) {
        return;
      }
      const std::size_t part = stem.rfind('_');
      if (part == std::string::npos) return add(path, 1, "has no header of the same name");
      stem.resize(part);
    }
  }

  fs::path root_;
  std::vector<std::string> breaches_;
};

}  // namespace

std::vector<std::string> rule_breaches(const fs::path& root) { return Tree(root).breaches(); }

}  // namespace infersim::test
