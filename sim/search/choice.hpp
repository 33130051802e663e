#pragma once

#include <string>
#include <vector>

#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"

namespace infersim::detail {

/// In words: the deployment, why so many devices, and what its plan has over the next. `ranking` is
/// of the size that was chosen, best first; `sizes` is empty where the size was asked for.
std::string explain_choice(const Scenario& scenario, const std::vector<SizeOption>& sizes,
                           const std::vector<Candidate>& ranking);

}  // namespace infersim::detail
