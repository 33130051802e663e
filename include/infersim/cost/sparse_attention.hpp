#pragma once

#include "infersim/cost/attention.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Queries of sparse attention on one rank, and what they see.
struct SparseQueries {
  double sequences = 0;
  double queries = 0;  ///< new tokens of all of them
  double keys = 0;     ///< cached tokens of all sequences, the new ones included
  double pairs = 0;    ///< (query, earlier token) pairs, all
  double chosen = 0;   ///< those of them that an indexer's `span` leaves
};

/// `sequences` alike with `tokens` new tokens each after `past`, under an indexer that picks
/// `span`.
SparseQueries sparse_queries(double sequences, double tokens, double past, double span);

/// Attention of each query over the `span` tokens that were picked for it, absorbed over the
/// latents (kernel classes sparse_prefill and sparse_decode). H query heads of the rank, K = span,
/// N queries, p chosen pairs:
///
///     flops = 2 (key_dim + value_dim) max(H, least_rows) (p + padded (N K - p))
///     bytes = p cached_values,  as the cache stores them
///     t     = latency + row N + (t_c^b + t_m^b)^(1/b),
///             t_c = flops / (compute P),  t_m = bytes / (gather B)
///
/// Every query reads rows of its own, scattered over the cache: nothing is shared within a tile but
/// among the heads, and what neighbours have in common comes from the cache (gather above 1).
/// Kernels of a fixed width compute the places that a short context leaves empty too.
///
/// Where modules are timed alone a caller that launches without a graph takes at least
/// launch (host + host_index + host_narrow), the second with an indexer and the third with
/// projections whose inputs are quantised: see module_cost.hpp.
///
/// Source: DeepSeek sparse attention (arXiv:2512.02556, section 2.1), roofline; residuals of 30,000
/// measured modules (hardware/efficiency/README.md). Holds for: kernels over picked latents
/// (FlashMLA sparse, TensorRT-LLM, FlashInfer). Fails for: kernels that attend to all of a short
/// context. Checked in: tests/limits/sparse_attention.test.cpp.
OpCost sparse_attention_cost(const Machine& machine, const KernelEfficiency& efficiency,
                             const AttentionShape& shape, const SparseQueries& queries);

/// The indexer: scores of all earlier tokens for each query, then the `span` largest of them. h
/// heads of d values, in 8 bits where the machine multiplies them:
///
///     t = index_latency + 2 h d pairs / (index_compute P8) + keys (d + 4) / (bandwidth B)
///         + max(1, N / units) (select pairs / N + [more tokens than span] select_start)
///
/// A query's scores are picked from by one unit, which passes over all of them. The keys are one
/// byte a value with a 32-bit scale for each token. Source and checks: as above.
OpCost index_cost(const Machine& machine, const KernelEfficiency& efficiency,
                  const AttentionShape& shape, const SparseQueries& queries);

}  // namespace infersim
