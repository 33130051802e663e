#pragma once

#include "infersim/workload/model.hpp"
#include "workload/hf_facts.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

/// Linear attention by the keys of Qwen3-Next (`linear_num_value_heads` …), of Kimi Linear
/// (`linear_attn_config`), of Mamba-2, or, without any of them, lightning attention with the heads
/// of `full`.
LinearAttention read_hf_linear(HfObject& config, const HfFacts& facts, const Attention& full,
                               Count hidden);

/// Ticks off the keys of Mamba and linear attention in a configuration whose layers do without.
void ignore_hf_linear(HfObject& config);

}  // namespace infersim::detail
