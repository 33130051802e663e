#pragma once

#include <string>
#include <string_view>

namespace infersim {

/// A text with one of its figures set, and which it was.
struct EditedToml {
  std::string text;
  std::string key;  ///< the whole path, elements of arrays by their names: `memory.HBM3e.bandwidth`
  std::string was;  ///< as it was written; empty: it was not there
};

/// TOML with the value at `key_path` (`memory.bandwidth`) set. An element of an array is addressed
/// by its name, as names are compared (`memory.hbm3e.bandwidth`); without one the main one is
/// meant: of `engine` the one that decodes, of others the first. A quantity may be written without
/// a space and without quotes (`32TB/s`). A lone key that the root has not is that of the one table
/// that has it. What is not there is added to its table; a table that is not there too, with the
/// basis `assumed`. Everything else stays as it is.
///
/// Throws InputError if the text is no TOML, a step of the path leads to no table, or the value at
/// its end is a table.
EditedToml with_value(std::string_view toml, const std::string& file, std::string_view key_path,
                      std::string_view value);

}  // namespace infersim
