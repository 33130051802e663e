#pragma once

#include <optional>
#include <vector>

#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"
#include "search/engines.hpp"

namespace infersim::detail {

/// By how much more output tokens may cost on fewer devices for these to be the answer.
inline constexpr double price_tolerance = 0.03;

/// The number of devices that the question names: by it, by all of its degrees, or because it is of
/// a phone or PC. Empty: to be chosen.
std::optional<int> asked_devices(const Scenario& scenario);

/// Up to how many devices are looked at: one system, or one for each replica that is asked for.
int most_devices(const Scenario& scenario);

/// The sizes of the answer: the fewest devices on which the objectives are met, each doubling of
/// them and the most that are looked at. The fewest are found from above: of doublings from one
/// device the first that meets the objectives, then every number between the one before it and it
/// (beyond a node and a scale-up domain: whole nodes).
/// Where no size meets the objectives, all those doublings on which the model runs.
///
/// One is chosen: with `SizeChoice::smallest` the first; else the fewest devices whose output
/// tokens cost at most 3 % more than the cheapest, which may be an engine whose replicas the
/// doublings are and is then told among them. Without a price tokens per second and device stand
/// for it. Where the objectives are missed everywhere, the nearest miss.
std::vector<SizeOption> find_sizes(const Scenario& scenario, Engines& engines);

/// What is compared between sizes: the price of output tokens, or without one the device time that
/// a token takes; any unit.
double cost_of(const SizeOption& option);

}  // namespace infersim::detail
