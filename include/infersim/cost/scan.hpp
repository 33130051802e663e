#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Linear attention of one layer on one rank: a state of key_dim x value_dim for each head.
struct ScanShape {
  double heads = 1;      ///< of this rank
  double key_heads = 1;  ///< heads of queries and keys on this rank
  double key_dim = 128;
  double value_dim = 128;
  bool delta_rule = false;  ///< what the state holds for a key is subtracted before it is written
  NumberType compute = NumberType::bf16;
  NumberType state = NumberType::fp32;

  friend bool operator==(const ScanShape&, const ScanShape&) = default;
};

/// Kernels of a chunked scan: sums within chunks, states of chunks, their passing on, outputs.
inline constexpr int scan_kernels = 4;

/// Tokens of a chunk within which a scan is computed as a masked product.
inline constexpr double scan_chunk = 64;

/// New tokens in chunks of C = 64 (state-space duality, arXiv:2405.21060 section 6; gated delta
/// rule, arXiv:2412.06464 section 3.3):
///
///     flops = tokens heads (2 C (key_dim + value_dim) + 4 key_dim value_dim)
///             + delta: tokens heads (2 C (key_dim + value_dim) + 2 key_dim value_dim)
///     bytes = queries, keys, values and outputs, and a state for each chunk, written and read
///     t     = 4 latency + smooth max(flops / (e_c P), bytes / (e_b B))
OpCost scan_prefill_cost(const Machine& machine, const KernelEfficiency& efficiency,
                         const ScanShape& shape, double sequences, double tokens);

/// One or a few tokens of each sequence: every state is read and written once.
///
///     flops = tokens heads (4 + delta: 2) key_dim value_dim, on vector units if their rate is
///     known bytes = 2 sequences heads key_dim value_dim state, and the tokens' own values
OpCost scan_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                        const ScanShape& shape, double sequences, double queries);

}  // namespace infersim
