#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/cost/kernel_class.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// Attention of one layer on one rank, over all sequences of the batch.
struct AttentionShape {
  double query_heads = 1;  ///< of this rank
  double kv_heads = 1;     ///< of this rank; 1 for absorbed latent attention
  double key_dim = 128;    ///< values of a key that are multiplied
  double value_dim = 128;
  double cached_values = 256;  ///< values read per cached token and kv head (shared by key and
                               ///< value in latent attention)
  Bytes cached_row = {};       ///< bytes of these where they are not all of `cache`; 0: they are
  /// Tokens that a query attends to at most, 0 without limit: a window, a chunk, an indexer's
  /// choice.
  double span = 0;
  bool chunked = false;  ///< the span is a run of its own, not the last tokens
  /// Tokens that make one entry, which a query reads beside those of its span (compressed
  /// attention); 0: there are none.
  double pool = 0;
  double pool_span = 0;        ///< entries that a query attends to at most; 0: without limit
  bool entries_alone = false;  ///< no tokens but entries are read (their index keys)
  NumberType compute = NumberType::bf16;
  NumberType cache = NumberType::bf16;

  friend bool operator==(const AttentionShape&, const AttentionShape&) = default;
};

/// Latent attention over the latents themselves: one row of rank + rope values is key and value of
/// all heads.
AttentionShape absorbed_shape(const LatentAttention& latent, double heads, NumberType compute,
                              NumberType cache);

/// Latent attention over keys and values that were made of the latents before, in `values`' type.
AttentionShape expanded_shape(const LatentAttention& latent, double heads, NumberType compute,
                              NumberType values);

/// Scores of an indexer: `heads` small queries against one key a token; there are no values.
AttentionShape index_shape(double heads, double head_dim, NumberType compute, NumberType cache);

/// The form in which the prefill kernel of that efficiency was timed: absorbed over the cache, or
/// expanded to 16-bit values. An engine may choose the other.
AttentionShape latent_prefill_shape(const KernelEfficiency& efficiency,
                                    const LatentAttention& latent, double heads, NumberType compute,
                                    NumberType cache);

/// Bytes that a query reads for each token and kv head.
Bytes cached_row(const AttentionShape& shape);

/// Under which format a kernel's parameters are listed: 16-bit products over a cache of 8 bits
/// have their own.
KernelFormat attention_format(NumberType products, NumberType cache);

}  // namespace infersim
