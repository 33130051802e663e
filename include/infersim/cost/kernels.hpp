#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Attention of one layer on one rank, over all sequences of the batch.
struct AttentionShape {
  double query_heads = 1;  ///< of this rank
  double kv_heads = 1;     ///< of this rank; 1 for latent attention
  double key_dim = 128;    ///< values of a key that are multiplied
  double value_dim = 128;
  double cached_values = 256;  ///< values read per cached token and kv head (shared by key and
                               ///< value in latent attention)
  /// Tokens that a query attends to at most, 0 without limit: a window, a chunk, an indexer's
  /// choice.
  double span = 0;
  bool chunked = false;     ///< the span is a run of its own, not the last tokens
  bool keeps_cache = true;  ///< reads a cache of its own, not an earlier layer's
  NumberType compute = NumberType::bf16;
  NumberType cache = NumberType::bf16;

  friend bool operator==(const AttentionShape&, const AttentionShape&) = default;
};

/// Decode: `queries` new tokens of each of `sequences`, whose caches hold `context_sum` together.
///
///     rows  = kv_heads * ceil(queries query_heads/kv_heads / tile_rows) tile_rows   (padded)
///     keys  = context_sum + sequences tile_columns / 2   (E[ceil]: the last tile is half empty)
///     t_c   = 2 rows (key_dim + value_dim) keys / (e_c P)
///     t_m   = kv_heads cached_values context_sum bytes / (e_b B)
///
/// Work of a long sequence is split over units (flash-decoding), so waves are not counted.
/// Source: FlashAttention-2 (arXiv:2307.08691), FlashMLA for the latent form.
OpCost attention_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                             const AttentionShape& shape, double sequences, double queries,
                             double context_sum);

/// Prefill: causal attention of `tokens` new tokens in `sequences`; `pairs` counts the (query, key)
/// pairs, sum(new past + new^2/2).
///
///     t_c = 2 query_heads (key_dim + value_dim) pairs / (e_c P q),
///     q   = tiles / (units ceil(tiles/units)),  tiles = query_heads * tokens/tile_rows
///     t_m = (queries, keys, values and outputs once, and the cached past) / (e_b B)
OpCost attention_prefill_cost(const Machine& machine, const KernelEfficiency& efficiency,
                              const AttentionShape& shape, double sequences, double tokens,
                              double pairs, double past_sum);

/// Element-wise pass over `rows` rows: reads `read` and writes `written` 16-bit values of each.
/// What fits in half the described cache stays there (producer and consumer run back to back).
///
///     t = latency + bytes / (e_b B)
OpCost elementwise_cost(const Machine& machine, const KernelEfficiency& efficiency, double rows,
                        double read, double written);

}  // namespace infersim
