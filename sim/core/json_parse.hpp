#pragma once

#include <string>
#include <string_view>

#include "core/value_tree.hpp"

namespace infersim::detail {

/// Parses JSON of at most 16 MiB and 128 levels whose root is an object; what is not such a text,
/// and every key given twice in one object, is a fault.
Document parse_json(std::string_view text, std::string file, Diagnostics& faults);

}  // namespace infersim::detail
