#include "infersim/core/toml_place.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "infersim/core/toml_reader.hpp"

namespace infersim {
namespace {

/// One step of a path: `memory[0]` or `dense`.
struct Step {
  std::string_view key;
  std::optional<std::size_t> element;
};

Step parse_step(std::string_view text) {
  const std::size_t bracket = text.find('[');
  if (bracket == std::string_view::npos) return {text, std::nullopt};
  std::size_t element = 0;
  std::from_chars(text.data() + bracket + 1, text.data() + text.size(), element);
  return {text.substr(0, bracket), element};
}

/// The table that a step leads to; empty if it leads to none.
std::optional<TableReader> follow(TableReader& table, const Step& step) {
  if (!step.element) return table.optional_table(step.key);
  std::vector<TableReader> elements = table.tables(step.key);
  if (*step.element >= elements.size()) return std::nullopt;
  return std::move(elements[*step.element]);
}

}  // namespace

Location place_of(std::string_view toml, const std::string& file, std::string_view key_path) {
  // Only places are of interest: what is wrong with the text has been reported when it was read.
  Diagnostics ignored;
  TomlDocument document(toml, file, ignored);
  if (!document.parsed()) return {file, 0, 0};
  TableReader table = document.root();
  while (true) {
    const std::size_t end = std::min(key_path.find('.'), key_path.size());
    const Step step = parse_step(key_path.substr(0, end));
    key_path.remove_prefix(std::min(end + 1, key_path.size()));
    if (key_path.empty() && !step.element) return table.location(step.key);
    std::optional<TableReader> next = follow(table, step);
    if (!next) return table.location(step.key);
    table = std::move(*next);
    if (key_path.empty()) return table.location();
  }
}

}  // namespace infersim
