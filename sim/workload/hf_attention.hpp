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

/// Linear attention by the keys of Qwen3-Next (`linear_num_value_heads` …), of Kimi Linear
/// (`linear_attn_config`), of Mamba-2, or, without any of them, lightning attention with the heads
/// of `full`.
LinearAttention read_hf_linear(HfObject& config, const HfFacts& facts, const Attention& full,
                               Count hidden);

/// Ticks off the keys of Mamba and linear attention in a configuration whose layers do without.
void ignore_hf_linear(HfObject& config);

}  // namespace infersim::detail
