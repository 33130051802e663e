#pragma once

#include <string>

#include "infersim/core/infeasible.hpp"
#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// The answer for a person: what comes out and what it misses, the plan and why it won, number
/// types, each phase alone, memory, where the time goes, power, money, carbon, and what is assumed.
std::string summary(const Answer& answer, const TextStyle& style);

/// What cannot run: what was needed, what there was, what would make it fit.
std::string infeasible_summary(const Scenario& scenario, const Infeasible& infeasible,
                               const TextStyle& style);

}  // namespace infersim
