#pragma once

#include <string>
#include <string_view>

#include "workload/hf_object.hpp"

namespace infersim::detail {

/// What no key says: it follows from the architecture, which `model_type` and `architectures` name,
/// or failing that from keys that only its configurations have.
struct HfFacts {
  bool qkv_bias = false;            ///< biases on q, k and v
  bool output_bias = false;         ///< and on the attention's output projection
  bool no_output_bias = false;      ///< `attention_bias` means those on q, k and v alone
  bool no_mlp_bias = false;         ///< `bias` means those of attention alone
  bool mlp_bias = false;            ///< biases in the feed-forward network
  bool qk_norm = false;             ///< norms of queries and keys
  bool unweighted_qk_norm = false;  ///< `use_qk_norm` means one without weights
  bool plain_ffn = false;           ///< two matrices, not gated, unless the activation is a GLU
  bool halved_ffn = false;          ///< `intermediate_size` counts gate and up together
  bool norm_bias = false;           ///< LayerNorm with biases
  bool post_norms = false;          ///< norms before and after each block
  bool tied = false;                ///< embeddings are tied if `tie_word_embeddings` is absent
  bool router_bias = false;         ///< a correction bias for each expert
  bool expert_bias = false;         ///< biases in experts and router
  bool sinks = false;               ///< a learned attention sink for each head
  bool lightning = false;           ///< `linear_attention` is lightning attention
  bool output_gate = false;         ///< a gate of attention's output
  bool mamba_alone = false;         ///< every layer is Mamba and nothing else
  bool learned_positions = false;
  Count extra_positions = 0;  ///< rows of the position embedding beyond the context
  Count window_pattern = 0;   ///< every so many layers one without a window
  /// What the family's own software takes where the key is absent; 0: nothing.
  Count heads = 0;
  Count kv_heads = 0;
  Count head_dim = 0;
  Count vocab = 0;
  Count context = 0;
  Count global_head_dim = 0;  ///< of layers without a window
};

/// The facts, and the name of an architecture that nobody knows; empty if it is known or has none.
struct HfFamily {
  HfFacts facts;
  std::string unknown;
};

HfFamily read_hf_facts(HfObject& inner, HfObject& outer);

}  // namespace infersim::detail
