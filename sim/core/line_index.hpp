#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/diagnostic.hpp"

namespace infersim::detail {

/// Turns places in a text into Locations. Lines end with `\n`; a byte order mark is not counted.
class LineIndex {
 public:
  /// Keeps a copy of `text`.
  LineIndex(std::string_view text, std::string file);

  [[nodiscard]] const std::string& file() const { return file_; }
  /// The file as a whole.
  [[nodiscard]] Location whole() const { return {file_, 0, 0}; }
  /// The place of the byte at `offset`, or the end of the text if that is before.
  [[nodiscard]] Location at_offset(std::size_t offset) const;
  /// The place of a column that counts characters (as toml++ does), in bytes.
  [[nodiscard]] Location at_character(std::size_t line, std::size_t character) const;

 private:
  std::string text_;
  std::string file_;
  std::vector<std::size_t> starts_;
};

}  // namespace infersim::detail
