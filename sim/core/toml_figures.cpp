#include "infersim/core/toml_figures.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"

namespace infersim {
namespace {

class Collector {
 public:
  void collect(const toml::table& table, const std::string& before) {
    for (const auto& [key, node] : table) {
      const std::string path = before + std::string(key.str());
      if (const toml::table* inner = node.as_table()) {
        collect(*inner, path + ".");
      } else if (node.is_array_of_tables()) {
        collect(*node.as_array(), path);
      } else {
        figures.push_back({path, written(node), node.is_integer()});
      }
    }
  }

  std::vector<TomlFigure> figures;

 private:
  void collect(const toml::array& elements, const std::string& path) {
    std::set<std::string> seen;
    for (const toml::node& element : elements) {
      const toml::table* table = element.as_table();
      if (table == nullptr) continue;
      const auto name = (*table)["name"].value_or<std::string>("");
      if (!seen.insert(fold_name(name)).second) continue;
      collect(*table, path + (name.empty() ? "." : "." + key_step(name) + "."));
    }
  }

  static std::string written(const toml::node& node) {
    if (const auto text = node.value<std::string>(); text && node.is_string()) return *text;
    if (const auto* whole = node.as_integer()) return fmt::format("{}", whole->get());
    if (const auto* real = node.as_floating_point()) return fmt::format("{}", real->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    return "[...]";
  }
};

}  // namespace

std::string key_step(std::string_view name) {
  std::string step(name);
  std::replace(step.begin(), step.end(), '.', '-');
  return step;
}

std::vector<TomlFigure> toml_figures(std::string_view toml, const std::string& file) {
  Collector collector;
  try {
    collector.collect(toml::parse(toml, file), "");
  } catch (const toml::parse_error& error) {
    throw InputError(fmt::format("{}: {}", file, error.description()), "");
  }
  return std::move(collector.figures);
}

std::optional<WrittenNumber> written_number(std::string_view value) {
  double number = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (fault != std::errc{}) return std::nullopt;
  std::string_view unit = value.substr(static_cast<std::size_t>(end - value.data()));
  while (unit.starts_with(' '))
    unit.remove_prefix(1);
  // Dates go on with a dash, versions with a point, names with anything.
  const bool is_unit = unit.find_first_of("-.,:") == std::string_view::npos && unit.size() <= 12 &&
                       unit.find_first_of(" ") == std::string_view::npos;
  if (!is_unit) return std::nullopt;
  return WrittenNumber{number, std::string(unit)};
}

}  // namespace infersim
