#pragma once

#include <string>

#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim::detail {

/// The best deployment of each number of devices that was looked at, the chosen one marked; empty
/// where the number was asked for.
std::string sizes_section(const Answer& answer, const TextStyle& style);

}  // namespace infersim::detail
