#pragma once

#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim::detail {

/// Everything about a question that can be wrong without knowing what it names.
void check_question(const Question& question, Diagnostics& faults);

/// What its chip and its model cannot do of what it asks.
void check_against_parts(const Scenario& scenario, Diagnostics& faults);

/// Degrees of parallelism that contradict each other, the devices or the system.
void check_degrees(const Scenario& scenario, Diagnostics& faults);

}  // namespace infersim::detail
