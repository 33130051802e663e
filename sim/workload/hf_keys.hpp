#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infersim::detail {

/// Whether a key of a Hugging Face configuration is known to change neither shapes nor counts.
bool is_harmless_hf_key(std::string_view key);

/// Keys that a configuration may have: those that are read and those that are harmless.
std::vector<std::string> known_hf_keys();

}  // namespace infersim::detail
