#pragma once

#include <string>

#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim::detail {

/// What runs where, what comes out of it, and under which load.
std::string headline_section(const Answer& answer, const TextStyle& style);

}  // namespace infersim::detail
