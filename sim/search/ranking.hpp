#pragma once

#include "infersim/scenario/accuracy.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"

namespace infersim::detail {

/// By how much the worse objective is missed: its time (times its margin) over its limit, at most 1
/// when all are met; without end where a time is no time (not finite, or below zero).
double overshoot(const Scenario& scenario, const Candidate& candidate, const Margins& margins = {});

/// Met before missed; among met the most tokens per device, among missed the nearest miss.
bool better(const Candidate& a, const Candidate& b);

}  // namespace infersim::detail
