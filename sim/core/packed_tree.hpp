#pragma once

#include <optional>
#include <string_view>

#include "core/value_tree.hpp"

namespace infersim::detail {

// Descriptions that are compiled in were parsed when the program was built: tools/embed_catalog
// writes each as a string of bytes, in the order of the tree.
//
//   value   tag (one byte), line, column, then what the tag says
//   bool    '0' or '1'          integer  zigzag         number  eight bytes, little-endian
//   text    length, bytes       array    count, values  table   count, (length, key, line, column,
//                                                               value) in the order of the keys
//
// Counts and places are LEB128: seven bits a byte, the last below 128.

/// The tree of a compiled-in file with that text; nothing if there is none.
std::optional<Value> compiled_in(std::string_view text, std::string_view file);

/// The tree that those bytes say. They are the build's own and not checked.
Value unpack(std::string_view bytes);

}  // namespace infersim::detail
