#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "infersim/core/number_type.hpp"
#include "infersim/workload/count.hpp"

// What a layer mixes tokens with.
namespace infersim {

/// Which tokens a query attends to beside its own.
///   all      every earlier one
///   window   the last `span` (sliding window)
///   chunk    those of its own run of `span` (chunked attention, Llama 4)
enum class Reach { all, window, chunk };

std::string_view name(Reach reach);

/// Picks the `top_k` cached tokens that a query attends to (DeepSeek sparse attention,
/// DeepSeek-V3.2; by blocks of tokens in MiniMax-M3): `heads` small queries against one key of
/// `head_dim` values cached a token, or an entry where tokens are pooled (DeepSeek-V4).
struct Indexer {
  Count heads = 0;
  Count head_dim = 0;
  Count top_k = 0;
  /// Takes the choice of an earlier layer (GLM-5.2): has no weights and caches nothing.
  bool shared = false;

  friend bool operator==(const Indexer&, const Indexer&) = default;
};

/// Attention whose queries share key-value heads: all of their own (`kv_heads == heads`) in MHA,
/// one (`kv_heads == 1`) in MQA.
struct GroupedQueryAttention {
  Count heads = 0;
  Count kv_heads = 0;
  Count head_dim = 0;        ///< values of a query and of a key
  Count value_dim = 0;       ///< of a value; mostly head_dim
  Count q_lora_rank = 0;     ///< queries come through a latent of so many values (Step-3); 0: none
  Reach reach = Reach::all;  ///< with `span` tokens if not all
  Count span = 0;
  bool qk_norm = false;      ///< a norm of head_dim weights for q and one for k
  bool bias = false;         ///< biases on q, k and v
  bool output_bias = false;  ///< and on the output projection
  bool output_gate = false;  ///< the projection of q also makes a gate of the output (Qwen3-Next)
  bool sinks = false;        ///< one learned logit for each head (gpt-oss)
  /// Reads the keys and values of an earlier layer: projects and caches none of its own.
  bool shared_kv = false;
  /// One projection makes what keys and values are normed from (Gemma 4); both are cached.
  bool keys_as_values = false;
  std::optional<Indexer> indexer = {};  ///< block-sparse attention, if there is one

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
  std::optional<Indexer> indexer = {};  ///< sparse attention, if there is one

  friend bool operator==(const LatentAttention&, const LatentAttention&) = default;
};

/// Attention over the last `window` tokens and, before and beside them, over entries that each pool
/// `ratio` tokens (DeepSeek-V4). One vector of `head_dim` values, of which `rope_dim` are rotated,
/// is key and value of all heads, for a token as for an entry.
///
/// With an indexer it picks the entries that a query attends to, and each pools 2 ratio tokens,
/// half of them the entry's before (compressed sparse attention); without one all entries are
/// attended to (heavily compressed attention). The output is projected in `o_groups` equal groups
/// of heads to `o_lora_rank` values each, and these together to the hidden width.
struct CompressedAttention {
  Count heads = 0;
  Count q_lora_rank = 0;
  Count head_dim = 0;
  Count rope_dim = 0;
  Count window = 0;
  Count ratio = 0;  ///< 0: no entries, the window alone
  Count o_groups = 1;
  Count o_lora_rank = 0;
  std::optional<Indexer> indexer = {};

  friend bool operator==(const CompressedAttention&, const CompressedAttention&) = default;
};

/// Layers that keep a state of fixed size in place of keys and values.
///   lightning    decay by head alone (MiniMax-01, arXiv:2501.08313)
///   mamba1       selective state space (arXiv:2312.00752): a head is a channel, of one value;
///                `key_dim` is the state size; the step size passes through `ranks.decay`
///   mamba2       state-space duality (arXiv:2405.21060): `key_dim` is the state size, `key_heads`
///                the groups that share B and C, `value_dim` the head's
///   gated_delta  gated delta rule (arXiv:2412.06464; Qwen3-Next)
///   kimi_delta   the same with a decay for every value of a key, whose gates are low-rank
///                (Kimi Linear, arXiv:2510.26692)
///   rwkv7        generalised delta rule with low-rank decay, rate, value mix and gate, and shifts
///                by one token in place of a convolution (arXiv:2503.14456)
enum class LinearKind { lightning, mamba1, mamba2, gated_delta, kimi_delta, rwkv7 };

std::string_view name(LinearKind kind);

/// Widths through which a recurrence's own inputs pass; 0: none.
struct LowRanks {
  Count decay = 0;  ///< RWKV-7's decay, Mamba-1's step size
  Count rate = 0;   ///< RWKV-7's in-context learning rate
  Count value = 0;  ///< its mix of values with the first layer's
  Count gate = 0;   ///< its output gate

  friend bool operator==(const LowRanks&, const LowRanks&) = default;
};

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
  LowRanks ranks = {};

  friend bool operator==(const LinearAttention&, const LinearAttention&) = default;
};

/// Attention and a recurrence side by side on the same input, their outputs added (Falcon-H1).
struct ParallelMixers {
  GroupedQueryAttention attention;
  LinearAttention recurrence;

  friend bool operator==(const ParallelMixers&, const ParallelMixers&) = default;
};

/// A causal convolution over the last `taps` tokens, as wide as the hidden state, between an input
/// and an output gate (LFM2): out(C conv(B x)), with B, C and x from one projection.
struct GatedConvolution {
  Count taps = 0;
  bool bias = false;  ///< of the convolution and of both projections

  friend bool operator==(const GatedConvolution&, const GatedConvolution&) = default;
};

/// A layer without attention, or without a feed-forward network (Nemotron-H has either).
struct None {
  friend bool operator==(const None&, const None&) = default;
};

using Attention = std::variant<GroupedQueryAttention, LatentAttention, CompressedAttention,
                               LinearAttention, ParallelMixers, GatedConvolution, None>;

/// The grouped-query attention of a layer, also one beside a recurrence; none if it has none.
const GroupedQueryAttention* grouped_query(const Attention& attention);
/// The recurrence of a layer, also one beside attention; none if it has none.
const LinearAttention* recurrence(const Attention& attention);
/// What picks the tokens that a layer attends to, be it its own or an earlier layer's; none if all
/// are.
const Indexer* indexer(const Attention& attention);

}  // namespace infersim
