#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "infersim/core/catalog.hpp"

namespace infersim::cli {

/// The kind that a word such as `hw`, `hardware` or `models` stands for; empty if it is none.
std::optional<DescriptionKind> parse_kind(std::string_view word);

/// The kinds that can be listed, as messages name them: `hw, systems, models, sites, traffic`.
std::string kind_words();

}  // namespace infersim::cli
