#pragma once

#include "infersim/serving/closed_loop.hpp"
#include "serving/group_steps.hpp"

namespace infersim::detail {

/// Requests of one length whose prefills stop the decodes: the slots go in one wave. Exact as far
/// as the lengths are. Between two waves the engine is idle and looks for requests all the time.
/// `result` knows its slots.
ServingResult lockstep(const GroupSteps& steps, const ServingLoad& load, const Scheduler& scheduler,
                       ServingResult result);

/// What follows from the latencies, `decode` being the time from first to last token.
void finish(ServingResult& result, const ServingLoad& load, Seconds decode);

}  // namespace infersim::detail
