#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// Counts of one layer's parameters, by where they go when the model is distributed. Matrices are
/// counted with their biases and inner norms; counts are whole numbers, exact up to 2^53.
struct LayerParameters {
  double attention = 0;       ///< projections and their norms
  double dense_ffn = 0;       ///< dense feed-forward, or the shared experts
  double router = 0;          ///< kept in 16 bits or wider
  double experts = 0;         ///< all routed experts
  double active_experts = 0;  ///< those that one token passes
  double norms = 0;           ///< kept in 16 bits

  [[nodiscard]] double total() const { return attention + dense_ffn + router + experts + norms; }
  [[nodiscard]] double active() const {
    return attention + dense_ffn + router + active_experts + norms;
  }
};

LayerParameters layer_parameters(const ModelSpec& model, const LayerGroup& group);

/// Parameters of a model, MTP layers and vision tower apart.
struct ModelParameters {
  double total = 0;      ///< embeddings, layers, final norm, head (once if tied)
  double active = 0;     ///< per token: head included, also if tied; input embeddings excluded
  double embedding = 0;  ///< input embedding: vocab x hidden
  double positions = 0;  ///< learned position embedding
  double head = 0;       ///< output head, 0 if tied
  double experts = 0;    ///< all routed experts
  double mtp = 0;        ///< MTP modules with their projections and norms; the embedding and head
                         ///< that they share with the model are not counted again
};

ModelParameters count_parameters(const ModelSpec& model);

/// Channels of the short convolution before linear attention: queries, keys and values.
Count conv_channels(const LinearAttention& attention);

/// What one layer keeps of a sequence between steps. One token adds `per_token` values to it,
/// until a window or chunk of `span` tokens is full (0: without end); `fixed` is there from the
/// first token on.
///
///     gqa     kv_heads (head_dim + value_dim)     mla  kv_lora_rank + rope_dim + index key
///     linear  heads key_dim value_dim values of `state` and (conv - 1) channels of 16 bits, fixed
struct LayerCache {
  Count per_token = 0;  ///< values, in the KV cache's number type
  Count span = 0;       ///< tokens
  Bytes fixed;

  /// Bytes that a sequence of `tokens` takes with values of `type`.
  [[nodiscard]] Bytes bytes(double tokens, NumberType type) const;
};

LayerCache layer_cache(const Attention& attention);

/// KV bytes that a further token takes over all layers and heads, MTP layers excluded: none of the
/// layers whose window or chunk is full.
Bytes kv_bytes_per_token(const ModelSpec& model, NumberType type);

/// Bytes of a sequence that do not grow with its length: full windows and chunks in `type`, and
/// recurrent states in their own.
Bytes state_bytes(const ModelSpec& model, NumberType type);

/// Bytes of all weights as the checkpoint has them if its linear layers and routed experts are in
/// these types: embeddings, head, norms and router in 16 bits. MTP modules apart.
Bytes weight_bytes(const ModelSpec& model, NumberType linear, NumberType experts);

}  // namespace infersim
