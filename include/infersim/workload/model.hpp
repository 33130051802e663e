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

/// Which tokens a query attends to beside its own.
///   all      every earlier one
///   window   the last `span` (sliding window)
///   chunk    those of its own run of `span` (chunked attention, Llama 4)
enum class Reach { all, window, chunk };

std::string_view name(Reach reach);

/// Attention whose queries share key-value heads: all of their own (`kv_heads == heads`) in MHA,
/// one (`kv_heads == 1`) in MQA.
struct GroupedQueryAttention {
  Count heads = 0;
  Count kv_heads = 0;
  Count head_dim = 0;        ///< values of a query and of a key
  Count value_dim = 0;       ///< of a value; mostly head_dim
  Reach reach = Reach::all;  ///< with `span` tokens if not all
  Count span = 0;
  bool qk_norm = false;      ///< a norm of head_dim weights for q and one for k
  bool bias = false;         ///< biases on q, k and v
  bool output_bias = false;  ///< and on the output projection
  bool output_gate = false;  ///< the projection of q also makes a gate of the output (Qwen3-Next)
  bool sinks = false;        ///< one learned logit for each head (gpt-oss)
  /// Reads the keys and values of an earlier layer: projects and caches none of its own.
  bool shared_kv = false;

  friend bool operator==(const GroupedQueryAttention&, const GroupedQueryAttention&) = default;
};

/// Picks the `top_k` cached tokens that a query attends to (DeepSeek sparse attention,
/// DeepSeek-V3.2): `heads` small queries against one key of `head_dim` values cached a token.
struct Indexer {
  Count heads = 0;
  Count head_dim = 0;
  Count top_k = 0;

  friend bool operator==(const Indexer&, const Indexer&) = default;
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
  std::optional<Indexer> indexer;  ///< sparse attention, if there is one

  friend bool operator==(const LatentAttention&, const LatentAttention&) = default;
};

/// Layers that keep a state of fixed size in place of keys and values.
///   lightning    decay by head alone (MiniMax-01, arXiv:2501.08313)
///   mamba2       state-space duality (arXiv:2405.21060): `key_dim` is the state size, `key_heads`
///                the groups that share B and C, `value_dim` the head's
///   gated_delta  gated delta rule (arXiv:2412.06464; Qwen3-Next)
///   kimi_delta   the same with a decay for every value of a key, whose gates are low-rank
///                (Kimi Linear, arXiv:2510.26692)
enum class LinearKind { lightning, mamba2, gated_delta, kimi_delta };

std::string_view name(LinearKind kind);

/// Linear attention: each of `heads` keeps a matrix of key_dim x value_dim, updated and read by
/// every token. Queries and keys come in `key_heads`, which heads share evenly.
struct LinearAttention {
  LinearKind kind = LinearKind::gated_delta;
  Count heads = 0;
  Count key_heads = 0;
  Count key_dim = 0;
  Count value_dim = 0;
  Count conv = 0;  ///< kernel of the short causal convolution before it; 0: none
  bool conv_bias = false;
  NumberType state = NumberType::bf16;  ///< in which the matrices are kept

  friend bool operator==(const LinearAttention&, const LinearAttention&) = default;
};

/// A layer without attention, or without a feed-forward network (Nemotron-H has either).
struct None {
  friend bool operator==(const None&, const None&) = default;
};

using Attention = std::variant<GroupedQueryAttention, LatentAttention, LinearAttention, None>;

/// Feed-forward network: down(act(gate x) * up x), three matrices of hidden x intermediate, or
/// down(act(up x)), two, if it is not gated.
struct DenseFfn {
  Count intermediate = 0;
  bool gated = true;
  bool bias = false;

  friend bool operator==(const DenseFfn&, const DenseFfn&) = default;
};

/// Mixture of experts: a router, `experts` routed ones of which `top_k` see each token, and shared
/// ones (as one network of shared_intermediate) that see every token.
struct MoeFfn {
  Count experts = 0;
  Count top_k = 0;
  Count intermediate = 0;         ///< of one routed expert
  Count shared_intermediate = 0;  ///< of all shared experts together; 0: none
  bool gated = true;              ///< of routed and shared experts alike
  bool bias = false;              ///< on the matrices of routed experts and on the router
  bool router_bias = false;       ///< a correction bias for each expert (DeepSeek-V3)
  bool shared_gate = false;       ///< a gate of one column for the shared experts (Qwen2-MoE)
  Count latent = 0;               ///< width that routed experts work in, if not `hidden`
  Count groups = 1;               ///< node-limited routing: experts come from
  Count top_groups = 1;           ///< `top_groups` of `groups`

  friend bool operator==(const MoeFfn&, const MoeFfn&) = default;
};

using Ffn = std::variant<DenseFfn, MoeFfn, None>;

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
  Count max_context = 0;    ///< tokens
  bool norm_bias = false;   ///< norms have biases (LayerNorm)
  bool post_norms = false;  ///< attention and feed-forward network are normalised after too (Gemma)
  Count positions = 0;      ///< rows of a learned position embedding; 0: none
  Count vision = 0;         ///< parameters of a vision tower, which nothing else counts; 0: none
  /// Format of the published checkpoint's linear layers (embedding and head stay in 16 bits).
  NumberType checkpoint = NumberType::bf16;
  bool block_scales = false;  ///< FP8 with a scale for each block of 128 x 128 weights
  /// And of its routed experts, where that is another one (gpt-oss: MXFP4 beside BF16).
  std::optional<NumberType> experts_checkpoint;
  std::vector<LayerGroup> layers;  ///< from the first layer to the last
  std::optional<LayerGroup> mtp;   ///< multi-token-prediction layers, apart from `layers`
  Provenance provenance;
  std::string path;

  [[nodiscard]] Count layer_count() const;
};

/// The routed experts of a group's layers; none if it has none.
const MoeFfn* experts_of(const LayerGroup& group);
/// Those of the first layer of a model that has some.
const MoeFfn* experts_of(const ModelSpec& model);

/// Reads a model description (its keys: workloads/README.md); throws InputError with every fault.
ModelSpec load_model(std::string_view toml, const std::string& path);

}  // namespace infersim
