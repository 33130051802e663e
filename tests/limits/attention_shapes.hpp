#pragma once

#include "infersim/cost/attention.hpp"

namespace infersim::test {

/// Llama-3.1-70B: 64 query heads, 8 KV heads of 128.
inline AttentionShape grouped() {
  return {.query_heads = 64, .kv_heads = 8, .key_dim = 128, .value_dim = 128, .cached_values = 256};
}

inline LatentAttention deepseek() {
  LatentAttention latent;
  latent.heads = 128;
  latent.kv_lora_rank = 512;
  latent.rope_dim = 64;
  latent.nope_dim = 128;
  latent.v_dim = 128;
  return latent;
}

/// DeepSeek-V3, absorbed: 128 heads over one latent row of 512 + 64.
inline AttentionShape latent() {
  return absorbed_shape(deepseek(), 128, NumberType::bf16, NumberType::bf16);
}

}  // namespace infersim::test
