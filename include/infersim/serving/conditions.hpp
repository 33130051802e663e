#pragma once

#include <string>
#include <vector>

#include "infersim/serving/closed_loop.hpp"

namespace infersim {

/// What a result must satisfy whatever was asked, and does not: a sentence with its numbers each;
/// empty if all hold. A few step evaluations.
///
/// - Times, rates and energies are finite, none is negative, and those that cannot be nothing are
///   not.
/// - A decode step and the prompts before or beside it take no longer than the longest there can
/// be:
///   where prompts join decodes, a step with all slots and a full budget; where they stop them, a
///   decode step and the prompts of all other slots.
/// - Tokens after each answer's first come no faster, by a tenth, than decode alone makes them at
///   any number of requests up to this one.
/// - Little's law: what decodes is rate times decode, what waits or decodes is what is in flight.
/// - Prompts take no more than all of the time, by a tenth.
std::vector<std::string> broken_conditions(const ServingEngine& engine, const ServingLoad& load,
                                           const Scheduler& scheduler, const ServingResult& result);

}  // namespace infersim
