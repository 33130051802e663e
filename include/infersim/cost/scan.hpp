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
  bool channels = false;    ///< each head is a channel of one value, stepped element by element
  bool delta_rule = false;  ///< what the state holds for a key is subtracted before it is written
  NumberType compute = NumberType::bf16;
  NumberType state = NumberType::fp32;

  friend bool operator==(const ScanShape&, const ScanShape&) = default;
};

/// Tokens of a chunk within which a scan is computed as a masked product.
inline constexpr double scan_chunk = 64;

/// New tokens in chunks of C = 64 (state-space duality, arXiv:2405.21060 section 6; gated delta
/// rule, arXiv:2412.06464 section 3.3). Each head of each sequence is a chain of ceil(n/C) chunks,
/// n = tokens / sequences; chains run side by side, products and traffic under them:
///
///     flops = tokens heads (2 C (key_dim + value_dim) + 4 key_dim value_dim)
///             + delta: tokens heads (2 C (key_dim + value_dim) + 2 key_dim value_dim)
///     bytes = passes (queries, keys, values, outputs) + 2 sequences state (1 + states chunks)
///     x     = sequences heads / (units occupancy);  waves = max(1, x + wave (ceil(x) - x))
///     chain = waves (start + chunks chunk)
///     t     = latency + (chain^p + (flops/(compute P) + bytes/(bandwidth B))^p)^(1/p)
///
/// Channels that are stepped element by element (Mamba-1, arXiv:2312.00752 section 3.3) have no
/// products of matrices: flops = 7 tokens heads key_dim on vector units (a decay with its
/// exponential, an input and an output), and chains of as many channels as a timed state has
/// values. The chain is what long prompts of few heads wait for; `extra` is what it adds. Neutral
/// parameters (start and chunk 0) leave flops and bytes, one after the other, as the kernels of a
/// scan run. Holds for: kernels that hand states from chunk to chunk. Checked in:
/// tests/limits/scan.test.cpp.
OpCost scan_prefill_cost(const Machine& machine, const KernelEfficiency& efficiency,
                         const ScanShape& shape, double sequences, double tokens);

/// One or a few tokens of each sequence: every state is read once and written after each token,
/// because a later step goes on from the last token that turns out to be accepted.
///
///     bytes = (sequences + tokens) heads key_dim value_dim state, and the tokens' own values
///     t_c   = tokens heads (key_dim value_dim / 128^2) item / units
///             item 0: tokens heads (4 + delta: 2) key_dim value_dim flops, on vector units if
///             their rate is known
///     t     = latency + (queries - 1) step + (t_c^p + (bytes/(bandwidth B))^p)^(1/p)
///
/// Tokens of a sequence that are verified together follow each other. Where kernels are timed alone
/// the host's launch is added, here as in prefill.
OpCost scan_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                        const ScanShape& shape, double sequences, double queries);

}  // namespace infersim
