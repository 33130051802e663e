#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace infersim::detail {

/// Where a TOML text opens more than `most` brackets within each other or a key has more than
/// `most` dots; empty if it never does. toml++ limits the first but not the second, and destroys
/// what it read by recursion, so that a long dotted key would exhaust the stack.
std::optional<std::size_t> too_deep_at(std::string_view text, std::size_t most);

}  // namespace infersim::detail
