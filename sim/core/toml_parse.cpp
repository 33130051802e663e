#include "core/toml_parse.hpp"

#include <optional>
#include <utility>

#include <toml++/toml.h>

#include "core/packed_tree.hpp"
#include "core/toml_nesting.hpp"

namespace infersim::detail {

namespace {

/// Descriptions are some kilobytes; toml++ takes time that grows with the square of the size.
constexpr std::size_t most_bytes = 256 * 1024;
constexpr std::size_t most_nested = 32;

Place place(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

/// Recursion is bounded: the nesting of the text was checked.
Value convert(const toml::node& node) {
  Value value(place(node.source()));
  switch (node.type()) {
    case toml::node_type::table: {
      Value::Table members;
      for (const auto& [key, child] : *node.as_table()) {
        members.push_back({std::string(key.str()), place(key.source()), convert(child)});
      }
      value.data = std::move(members);
      break;
    }
    case toml::node_type::array: {
      Value::Array elements;
      for (const toml::node& child : *node.as_array())
        elements.push_back(convert(child));
      value.data = std::move(elements);
      break;
    }
    case toml::node_type::string: value.data = node.as_string()->get(); break;
    case toml::node_type::integer: value.data = node.as_integer()->get(); break;
    case toml::node_type::floating_point: value.data = node.as_floating_point()->get(); break;
    case toml::node_type::boolean: value.data = node.as_boolean()->get(); break;
    default: value.data = Value::DateOrTime{}; break;
  }
  return value;
}

}  // namespace

Document parse_toml(std::string_view text, std::string file, Diagnostics& faults) {
  std::optional<Value> known = compiled_in(text, file);
  Document document{LineIndex(text, std::move(file)), &faults, Syntax::toml};
  if (known) {
    document.root = *std::move(known);
    document.parsed = true;
    return document;
  }
  document.root.data = Value::Table{};
  if (text.size() > most_bytes) {
    faults.error(document.lines.whole(), "larger than 256 KiB, which no description is");
    return document;
  }
  if (const auto deep = too_deep_at(text, most_nested)) {
    faults.error(document.lines.at_offset(*deep), "nested more than 32 levels deep");
    return document;
  }
  try {
    document.root = convert(toml::parse(text));
    document.parsed = true;
  } catch (const toml::parse_error& error) {
    std::string_view what = error.description();
    constexpr std::string_view preamble = "Error while parsing ";
    if (what.starts_with(preamble)) what.remove_prefix(preamble.size());
    faults.error(document.location(place(error.source())), "not valid TOML: " + std::string(what));
  }
  return document;
}

}  // namespace infersim::detail
