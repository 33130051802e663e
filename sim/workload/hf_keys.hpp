#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infersim::detail {

/// Whether a key of a Hugging Face configuration is known to change neither shapes nor counts.
bool is_harmless_hf_key(std::string_view key);

/// The keys that are read.
std::vector<std::string> understood_hf_keys();

}  // namespace infersim::detail
