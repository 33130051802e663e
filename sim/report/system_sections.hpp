#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "infersim/hardware/system.hpp"
#include "infersim/report/card.hpp"

namespace infersim::detail {

/// What a device's card and a system's own say of a system.
std::vector<CardSection> system_sections(const System& system);

/// Its entry with memory sizes, battery, envelope and figures.
nlohmann::ordered_json system_document(const System& system);

}  // namespace infersim::detail
