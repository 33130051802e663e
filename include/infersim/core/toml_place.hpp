#pragma once

#include <string>
#include <string_view>

#include "infersim/core/diagnostic.hpp"

namespace infersim {

/// Where a key stands in a TOML text: `memory[0].bandwidth`, as messages name keys. The nearest
/// table around it if the text does not have the key; line 0 if the text is no TOML.
Location place_of(std::string_view toml, const std::string& file, std::string_view key_path);

}  // namespace infersim
