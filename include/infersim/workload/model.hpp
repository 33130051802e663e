#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "infersim/core/number_type.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

using Count = std::int64_t;  ///< of layers, heads, values, parameters

/// Attention whose queries share key-value heads: all of their own (`kv_heads == heads`) in MHA,
/// one (`kv_heads == 1`) in MQA.
struct GroupedQueryAttention {
  Count heads = 0;
  Count kv_heads = 0;
  Count head_dim = 0;
  bool qk_norm = false;      ///< a norm of head_dim weights for q and one for k
  bool bias = false;         ///< biases on q, k and v
  bool output_bias = false;  ///< and on the output projection

  friend bool operator==(const GroupedQueryAttention&, const GroupedQueryAttention&) = default;
};

/// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): keys and values are a latent vector
/// of `kv_lora_rank` plus one shared rotary key of `rope_dim`. `q_lora_rank` 0: queries are not
/// compressed.
struct LatentAttention {
  Count heads = 0;
  Count q_lora_rank = 0;
  Count kv_lora_rank = 0;
  Count nope_dim = 0;
  Count rope_dim = 0;
  Count v_dim = 0;

  friend bool operator==(const LatentAttention&, const LatentAttention&) = default;
};

using Attention = std::variant<GroupedQueryAttention, LatentAttention>;

/// Gated feed-forward network: down(silu(gate x) * up x), three matrices of hidden x intermediate.
struct DenseFfn {
  Count intermediate = 0;

  friend bool operator==(const DenseFfn&, const DenseFfn&) = default;
};

/// Mixture of experts: a router, `experts` routed ones of which `top_k` see each token, and shared
/// ones (as one gated network of shared_intermediate) that see every token.
struct MoeFfn {
  Count experts = 0;
  Count top_k = 0;
  Count intermediate = 0;         ///< of one routed expert
  Count shared_intermediate = 0;  ///< of all shared experts together; 0: none
  bool router_bias = false;       ///< a correction bias for each expert (DeepSeek-V3)
  Count groups = 1;               ///< node-limited routing: experts come from
  Count top_groups = 1;           ///< `top_groups` of `groups`

  friend bool operator==(const MoeFfn&, const MoeFfn&) = default;
};

using Ffn = std::variant<DenseFfn, MoeFfn>;

/// `count` equal layers in a row.
struct LayerGroup {
  Count count = 0;
  Attention attention;
  Ffn ffn;

  friend bool operator==(const LayerGroup&, const LayerGroup&) = default;
};

/// Layers that a model may have; the deepest published one has 126.
inline constexpr Count max_layers = 100'000;

/// A decoder-only language model: shapes, and nothing about how it is run.
struct ModelSpec {
  std::string id;
  std::vector<std::string> aliases;
  std::string name;
  Count hidden = 0;
  Count vocab = 0;
  bool tied_embeddings = false;
  Count max_context = 0;  ///< tokens
  /// Format of the published checkpoint's linear layers (embedding and head stay in 16 bits).
  NumberType checkpoint = NumberType::bf16;
  std::vector<LayerGroup> layers;  ///< from the first layer to the last
  std::optional<LayerGroup> mtp;   ///< multi-token-prediction layers, apart from `layers`
  Provenance provenance;
  std::string path;

  [[nodiscard]] Count layer_count() const;
};

/// Reads a model description (its keys: workloads/README.md); throws InputError with every fault.
ModelSpec load_model(std::string_view toml, const std::string& path);

}  // namespace infersim
