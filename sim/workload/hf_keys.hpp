#pragma once

#include <string_view>

#include "workload/hf_object.hpp"

namespace infersim::detail {

/// Whether a key of a Hugging Face configuration is known to change neither shapes nor counts.
bool is_harmless_hf_key(std::string_view key);

/// Whether a key of what stands around a nested configuration is: also those about pictures and
/// sound, and how they are joined to the text.
bool is_harmless_outer_hf_key(std::string_view key);

/// What an architecture does that has no shape here, by the key that says so; empty if the key says
/// nothing of the kind.
std::string_view refused_hf_key(std::string_view key);

/// A fault for every key of `config` that was not read and is not harmless (in the way of `outer`
/// configurations, if it is one): with the reason, where there is one, and what may have been
/// meant.
void refuse_unread_hf_keys(HfObject& config, bool outer = false);

}  // namespace infersim::detail
