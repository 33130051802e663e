#pragma once

#include <vector>

#include "workload/hf_facts.hpp"
#include "workload/hf_layers.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

/// The feed-forward network of each layer: dense, or experts where the family's keys put them.
std::vector<Ffn> read_hf_ffns(HfObject& config, const HfFacts& facts, Count hidden,
                              const std::vector<HfLayer>& layers);

}  // namespace infersim::detail
