#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/text.hpp"
#include "infersim/core/toml_reader.hpp"

// Things of a framework's description that have names.

namespace infersim::detail {

template <class Things>
std::vector<std::string> names_of(const Things& things) {
  std::vector<std::string> names;
  for (const auto thing : things)
    names.emplace_back(name(thing));
  return names;
}

/// The one of `things` that a key names.
template <class Things>
auto read_named(TableReader& table, std::string_view key, const Things& things) {
  const std::string text = table.one_of(key, names_of(things));
  const auto found = std::find_if(things.begin(), things.end(),
                                  [&](const auto each) { return name(each) == text; });
  return found == things.end() ? things.front() : *found;
}

/// Whether one of the names is the wanted one, as names are compared.
inline bool contains(const std::vector<std::string>& names, std::string_view wanted) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& each) { return fold_name(each) == fold_name(wanted); });
}

}  // namespace infersim::detail
