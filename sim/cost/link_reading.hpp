#pragma once

#include <string_view>

#include "infersim/core/toml_reader.hpp"
#include "infersim/cost/efficiency.hpp"

namespace infersim::detail {

/// Reads `[links]` of the description `id` over what `into` holds; `complete` demands its general
/// parameters. A table of an operation or of custom kernels takes the place of what `into` has of
/// it. Of `[links.custom.server.*]`, the tables that list `device` hold.
void read_links(TableReader& root, std::string_view id, bool complete, std::string_view device,
                Efficiency& into);

}  // namespace infersim::detail
