#pragma once

#include <string>

#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim::detail {

/// The plan in words, how steps are formed, why it won and which came next.
std::string plan_section(const Answer& answer, const TextStyle& style);

}  // namespace infersim::detail
