#pragma once

#include <string>

#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// Every term of every operator's equation with its numbers, for a prefill and a decode step, and
/// of the serving and price equations that follow from them.
std::string explain(const Answer& answer, const TextStyle& style);

}  // namespace infersim
