#pragma once

#include <optional>
#include <vector>

#include "workload/hf_facts.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

/// Experts of every layer as they would be if it had some, and which layers do.
struct HfExperts {
  std::vector<MoeFfn> moe;   ///< for each layer
  std::vector<bool> placed;  ///< by the family's pattern
};

/// Reads what mixtures of experts are written in; empty if the configuration has none. `wide` is
/// `intermediate_size`, which is that of experts where no key of their own says it.
std::optional<HfExperts> read_hf_experts(HfObject& config, const HfFacts& facts, Count layers,
                                         std::optional<Count> wide);

}  // namespace infersim::detail
