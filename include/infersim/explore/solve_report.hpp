#pragma once

#include <string>

#include "infersim/explore/solve.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// What each figure would have to be, or the wall.
std::string solution_text(const Solution& solution, const TextStyle& style);
std::string solution_json(const Solution& solution);

}  // namespace infersim
