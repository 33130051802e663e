#pragma once

#include <vector>

#include "infersim/scenario/scenario.hpp"

namespace infersim::detail {

/// Devices of one system: an engine that the search chooses stays within them.
int extent(const Scenario& scenario);

/// Whether the model has routed experts.
bool has_experts(const Scenario& scenario);

/// What pinned degrees make of devices: one engine has a multiple of it.
int pinned_devices(const Question& question);

/// Sizes of engines of which replicas make so many devices, in agreement with what is pinned,
/// smallest first: divisors of `devices`.
std::vector<int> engine_sizes(const Scenario& scenario, int devices);

/// Degrees over which experts are divided on a stage of so many ranks, smallest first: what is
/// pinned, else one and all, and between them a node, a scale-up domain, a rank for each expert and
/// half of the ranks, as far as they divide the stage. On 8 chips and 7 mixtures no other divisor
/// was the best of its size by more than 3 %.
std::vector<int> expert_degrees(const Scenario& scenario, int stage_ranks);

}  // namespace infersim::detail
