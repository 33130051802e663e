#pragma once

#include <string>

#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim::detail {

/// What was not asked for and therefore chosen, as the options that would ask for it; empty if
/// nothing was.
std::string defaults_section(const Answer& answer, const TextStyle& style);

}  // namespace infersim::detail
