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
  double residual = 0;        ///< mixing of residual streams, further embeddings gated into them
  double norms = 0;           ///< kept in 16 bits

  [[nodiscard]] double total() const {
    return attention + dense_ffn + router + experts + residual + norms;
  }
  [[nodiscard]] double active() const {
    return attention + dense_ffn + router + active_experts + residual + norms;
  }
};

LayerParameters layer_parameters(const ModelSpec& model, const LayerGroup& group);

/// Parameters of a model, MTP layers and vision tower apart.
struct ModelParameters {
  double total = 0;      ///< embeddings, layers, final norm, head (once if tied)
  double active = 0;     ///< per token: head included, also if tied; input embeddings excluded
  double embedding = 0;  ///< input embedding: vocab x hidden
  double positions = 0;  ///< learned position embedding
  double per_layer = 0;  ///< table of further embeddings for each layer
  double around = 0;   ///< projections between embedding, layers and head: of residual streams, of
                       ///< embeddings for each layer
  double head = 0;     ///< output head, 0 if tied
  double experts = 0;  ///< all routed experts
  double mtp = 0;      ///< MTP modules with their projections and norms; the embedding and head
                       ///< that they share with the model are not counted again
};

ModelParameters count_parameters(const ModelSpec& model);

/// Bytes of all weights as they are stored: norms and router in 16 bits, embedding and head too
/// unless `stored` says otherwise. MTP modules apart.
Bytes weight_bytes(const ModelSpec& model, const Checkpoint& stored);

/// The same with linear layers and routed experts in these types.
Bytes weight_bytes(const ModelSpec& model, NumberType linear, NumberType experts);

/// What the files of the checkpoint hold by all that is counted: `weight_bytes` with MTP modules,
/// which bring an embedding and a head of their own, and the vision tower in 16 bits.
Bytes counted_files(const ModelSpec& model);

/// Whether the files' own figure is known and differs from `counted_files` by over 2 %, more than
/// scales, biases and what else is next to nothing explain.
bool files_differ(const ModelSpec& model);

}  // namespace infersim
