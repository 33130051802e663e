#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"

// What the three loaders of this layer share.
namespace infersim::hardware {

/// An enumeration as it is spelt in descriptions: the one table from which both directions derive.
template <class E>
using Spelling = std::pair<E, std::string_view>;

template <class E>
std::string_view spelt(std::span<const Spelling<E>> table, E value) {
  const auto found = std::ranges::find(table, value, &Spelling<E>::first);
  return found == table.end() ? std::string_view{} : found->second;
}

/// Reads one of the table's names; a name that is none of them is a fault and reads as `otherwise`.
template <class E>
E read_one_of(TableReader& reader, std::string_view key, std::span<const Spelling<E>> table,
              E otherwise) {
  std::vector<std::string> names;
  for (const auto& [value, name] : table)
    names.emplace_back(name);
  const std::string text = reader.one_of(key, names);
  const auto found = std::ranges::find(table, text, &Spelling<E>::second);
  return found == table.end() ? otherwise : found->first;
}

/// A quantity that must not be zero. `faults` are those of the reader's document; `hint` says what
/// to write instead.
template <class Q>
Q read_positive(TableReader& reader, std::string_view key, const Diagnostics& faults,
                std::string hint = {}) {
  const std::size_t before = faults.size();
  const Q value = reader.quantity<Q>(key);
  // What could not be read is zero as well, and has been reported.
  if (value == Q{} && faults.size() == before) {
    reader.fault(key, "must be more than zero", std::move(hint));
  }
  return value;
}

/// The same where the key may be missing; the value is then zero, which means unpublished.
template <class Q>
Q read_optional_positive(TableReader& reader, std::string_view key, const Diagnostics& faults) {
  if (!reader.has(key)) return Q{};
  return read_positive<Q>(reader, key, faults, "leave the key out if nobody published the figure");
}

}  // namespace infersim::hardware
