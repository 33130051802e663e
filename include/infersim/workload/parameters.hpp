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

/// Parameters of a model, MTP layers apart.
struct ModelParameters {
  double total = 0;      ///< embedding, layers, final norm, head (once if tied)
  double active = 0;     ///< per token: head included, also if tied; input embedding excluded
  double embedding = 0;  ///< input embedding: vocab x hidden
  double head = 0;       ///< output head, 0 if tied
  double mtp = 0;        ///< MTP modules with their projections and norms; the embedding and head
                         ///< that they share with the model are not counted again
};

ModelParameters count_parameters(const ModelSpec& model);

/// Values that one token adds to one layer's KV cache:
/// 2 x kv_heads x head_dim (grouped-query), kv_lora_rank + rope_dim (latent).
Count kv_values(const Attention& attention);

/// KV bytes of one token over all layers and heads, MTP layers excluded.
Bytes kv_bytes_per_token(const ModelSpec& model, NumberType type);

}  // namespace infersim
