#include "infersim/core/toml_edit.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/toml_figures.hpp"

namespace infersim {
namespace {

std::vector<std::string> steps_of(std::string_view path) {
  std::vector<std::string> steps;
  while (true) {
    const std::size_t dot = path.find('.');
    steps.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return steps;
    path.remove_prefix(dot + 1);
  }
}

std::string name_of(const toml::table& table) { return table["name"].value_or<std::string>(""); }

bool decodes(const toml::table& engine) {
  const toml::array* phases = engine["phases"].as_array();
  if (phases == nullptr) return true;
  return std::any_of(phases->begin(), phases->end(), [](const toml::node& phase) {
    return phase.value_or<std::string>("") == "decode";
  });
}

/// The element that is meant where none is named.
const toml::table* main_element(const toml::array& elements, std::string_view key) {
  std::vector<const toml::table*> tables;
  for (const toml::node& element : elements) {
    if (element.is_table()) tables.push_back(element.as_table());
  }
  if (tables.empty()) return nullptr;
  if (key != "engine") return tables.front();
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [](const toml::table* engine) { return decodes(*engine); });
  return found == tables.end() ? tables.front() : *found;
}

/// Where in the text, whose columns are code points.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }

  [[nodiscard]] std::size_t offset(const toml::source_position& at) const {
    std::size_t offset = starts_.at(at.line - 1);
    for (std::size_t column = 1; column < at.column && offset < text_.size(); ++column) {
      ++offset;
      while (offset < text_.size() && (static_cast<unsigned char>(text_[offset]) & 0xC0U) == 0x80U)
        ++offset;
    }
    return offset;
  }

  /// Behind the line on which something begins.
  [[nodiscard]] std::size_t behind_line(const toml::source_position& at) const {
    return at.line < starts_.size() ? starts_[at.line] : text_.size();
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

bool is_plain(std::string_view value) {
  if (value == "true" || value == "false" || value.starts_with('[')) return true;
  double number = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
  return fault == std::errc{} && end == value.data() + value.size();
}

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

class Editor {
 public:
  Editor(std::string_view text, const std::string& file, std::string_view path)
      : text_(text), file_(file), path_(path), places_(text) {
    try {
      root_ = toml::parse(text, file);
    } catch (const toml::parse_error& error) {
      throw InputError(fmt::format("{}: {}", file, error.description()), "");
    }
  }

  EditedToml set(std::string_view value) {
    const std::vector<std::string> steps = steps_of(path_);
    const toml::table* table = &root_;
    std::string reached;
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
      const toml::node* next = table->get(steps[i]);
      if (next == nullptr) return with_table(steps, i, value);
      reached += steps[i] + ".";
      if (next->is_table()) {
        table = next->as_table();
        continue;
      }
      const toml::array* elements = next->as_array();
      table = elements == nullptr ? nullptr : element(*elements, steps, i, reached);
      if (table == nullptr) throw InputError(fmt::format("{} is no table", reached), "");
    }
    if (steps.size() == 1) table = holder_of(steps.back(), reached);
    const toml::node* node = table->get(steps.back());
    return node == nullptr ? added(*table, steps.back(), reached, value)
                           : replaced(*node, reached + steps.back(), value);
  }

 private:
  /// The root, or the one of its tables that alone has the key.
  const toml::table* holder_of(const std::string& key, std::string& reached) const {
    if (root_.contains(key)) return &root_;
    const toml::table* holder = nullptr;
    for (const auto& [name, node] : root_) {
      const toml::table* table = node.as_table();
      if (table == nullptr || !table->contains(key)) continue;
      if (holder != nullptr) {
        reached.clear();
        return &root_;
      }
      holder = table;
      reached = std::string(name.str()) + ".";
    }
    return holder == nullptr ? &root_ : holder;
  }

  /// The named element, which takes a step, or the main one.
  static const toml::table* element(const toml::array& elements,
                                    const std::vector<std::string>& steps, std::size_t& i,
                                    std::string& reached) {
    const std::string& key = steps[i];
    if (i + 2 < steps.size()) {
      for (const toml::node& each : elements) {
        const toml::table* table = each.as_table();
        if (table == nullptr || fold_name(name_of(*table)) != fold_name(steps[i + 1])) continue;
        ++i;
        reached += key_step(name_of(*table)) + ".";
        return table;
      }
    }
    const toml::table* chosen = main_element(elements, key);
    if (chosen != nullptr && !name_of(*chosen).empty()) reached += key_step(name_of(*chosen)) + ".";
    return chosen;
  }

  [[nodiscard]] EditedToml replaced(const toml::node& node, std::string key,
                                    std::string_view value) const {
    if (node.is_table() || node.is_array_of_tables()) {
      throw InputError(fmt::format("{} is a table", key), "name one of its figures");
    }
    const std::size_t from = places_.offset(node.source().begin);
    const std::size_t to = places_.offset(node.source().end);
    EditedToml edited{std::string(text_), std::move(key),
                      std::string(text_.substr(from, to - from))};
    edited.text.replace(from, to - from, node.is_string() ? quoted(value) : std::string(value));
    if (node.is_string()) edited.was = *node.value<std::string>();
    return edited;
  }

  [[nodiscard]] EditedToml added(const toml::table& table, const std::string& key,
                                 const std::string& reached, std::string_view value) const {
    const std::string line =
        fmt::format("{} = {}\n", key, is_plain(value) ? std::string(value) : quoted(value));
    EditedToml edited{std::string(text_), reached + key, ""};
    const std::size_t at = &table == &root_ ? 0 : places_.behind_line(table.source().begin);
    if (at > 0 && text_[at - 1] != '\n') edited.text += '\n';
    edited.text.insert(at, line);
    return edited;
  }

  /// A table that was not there, at the end.
  [[nodiscard]] EditedToml with_table(const std::vector<std::string>& steps, std::size_t from,
                                      std::string_view value) const {
    std::string head;
    for (std::size_t i = 0; i + 1 < steps.size(); ++i)
      head += (i > 0 ? "." : "") + steps[i];
    if (from > 0 && root_.get(steps.front())->is_array()) {
      throw InputError(fmt::format("{}: there is no {}", path_, quote(steps[from])),
                       "describe it in a file of your own: --catalog DIR");
    }
    return {
        fmt::format("{}\n[{}]\n{} = {}\nbasis = \"assumed\"\nnote = \"set by the user\"\n", text_,
                    head, steps.back(), is_plain(value) ? std::string(value) : quoted(value)),
        path_, ""};
  }

  std::string_view text_;
  std::string file_;
  std::string path_;
  Places places_;
  toml::table root_;
};

}  // namespace

EditedToml with_value(std::string_view toml, const std::string& file, std::string_view key_path,
                      std::string_view value) {
  return Editor(toml, file, key_path).set(value);
}

}  // namespace infersim
