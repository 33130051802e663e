#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/line_index.hpp"
#include "infersim/core/diagnostic.hpp"

namespace infersim::detail {

/// Line and column from 1, the column in whatever the parser counts (see Document).
struct Place {
  std::size_t line = 0;
  std::size_t column = 0;

  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Member;

/// A value of a TOML or JSON text with the place where it stands: what both parsers produce, so
/// that neither's headers are needed to read descriptions.
struct Value {
  struct Null {};
  struct DateOrTime {};
  using Array = std::vector<Value>;
  using Table = std::vector<Member>;  ///< sorted by key, each once

  // Defined where Member is complete.
  explicit Value(Place at = {});
  Value(Value&&) noexcept;
  Value& operator=(Value&&) noexcept;
  ~Value();

  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }

  Place place;
  std::variant<Null, bool, std::int64_t, double, std::string, DateOrTime, Array, Table> data;
};

struct Member {
  std::string key;
  Place place;  ///< of the key
  Value value;
};

/// The member of that name; null if there is none.
const Member* find(const Value::Table& table, std::string_view key);

enum class Syntax { toml, json };

/// A parsed text. Where parsing failed the faults say so and the root is an empty table.
struct Document {
  LineIndex lines;
  Diagnostics* faults;
  Syntax syntax;
  bool parsed = false;
  Value root = Value{};

  /// Columns in bytes: toml++ counts characters, which are converted only here, when needed.
  [[nodiscard]] Location location(Place place) const;
  /// `a text`, `a table`, …: what a value is, in messages.
  [[nodiscard]] std::string_view kind_of(const Value& value) const;
};

}  // namespace infersim::detail
