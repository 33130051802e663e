#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infersim {

/// A value at the end of a key path of a TOML text, as `with_value` addresses it.
struct TomlFigure {
  std::string key;     ///< elements of arrays by their names: `memory.HBM3e.bandwidth`
  std::string value;   ///< as it is written, without quotes
  bool whole = false;  ///< a TOML integer
};

/// The step of a key path for an element of an array: its name, in which a point would end the
/// step. Names are compared without their points.
std::string key_step(std::string_view name);

/// Every value that is neither a table nor an array of tables, in the order of the keys. An array
/// whose elements have no name is passed over but for its first. Throws InputError if the text is
/// no TOML.
std::vector<TomlFigure> toml_figures(std::string_view toml, const std::string& file);

/// A number with what stands behind it: `4.8 TB/s`.
struct WrittenNumber {
  double number = 0;
  std::string unit;  ///< empty: none
};

/// A figure as a number; nothing for words, dates, truth values and arrays.
std::optional<WrittenNumber> written_number(std::string_view value);

}  // namespace infersim
