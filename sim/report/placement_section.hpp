#pragma once

#include <nlohmann/json_fwd.hpp>

#include "report/summary_sections.hpp"

namespace infersim::detail {

/// Where weights lie and where time passes; empty where all weights are the device's.
std::string placement_section(const Answer& answer, const TextStyle& style);

/// The same as `placement` of the document.
nlohmann::ordered_json placement_json(const Answer& answer);

}  // namespace infersim::detail
