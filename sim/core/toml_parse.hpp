#pragma once

#include <string>
#include <string_view>

#include "core/value_tree.hpp"

namespace infersim::detail {

/// Parses TOML of at most 256 KiB and 32 levels; what is not such a text is one fault.
Document parse_toml(std::string_view text, std::string file, Diagnostics& faults);

}  // namespace infersim::detail
