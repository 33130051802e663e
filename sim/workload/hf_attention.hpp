#pragma once

#include "workload/hf_facts.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

/// The kinds of attention that the layers of a configuration choose from.
struct HfAttention {
  Attention full = None{};      ///< grouped-query or latent
  Attention windowed = None{};  ///< that of layers with a window, which is not set yet
};

/// Reads attention of the kind that every transformer has. Whether layers without it exist
/// (`any`: such layers exist) decides if its keys are required.
HfAttention read_hf_attention(HfObject& config, const HfFacts& facts, Count hidden, bool any,
                              Count max_context);

/// Mamba-2, by the keys of Nemotron-H (`ssm_state_size` …) or of Bamba (`mamba_d_state` …).
LinearAttention read_hf_mamba(HfObject& config, Count hidden);

}  // namespace infersim::detail
