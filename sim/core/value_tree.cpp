#include "core/value_tree.hpp"

#include <algorithm>
#include <array>

namespace infersim::detail {

Value::Value(Place at) : place(at) {}
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

const Member* find(const Value::Table& table, std::string_view key) {
  const auto found = std::lower_bound(
      table.begin(), table.end(), key,
      [](const Member& member, std::string_view name) { return member.key < name; });
  return found == table.end() || found->key != key ? nullptr : &*found;
}

Location Document::location(Place place) const {
  if (syntax == Syntax::toml) return lines.at_character(place.line, place.column);
  return {lines.file(), place.line, place.column};
}

std::string_view Document::kind_of(const Value& value) const {
  constexpr std::array<std::string_view, 8> kinds = {"nothing",  "a boolean", "a whole number",
                                                     "a number", "a text",    "a date or time",
                                                     "an array", "a table"};
  const bool object = syntax == Syntax::json && value.as<Value::Table>() != nullptr;
  return object ? "an object" : kinds[value.data.index()];
}

}  // namespace infersim::detail
