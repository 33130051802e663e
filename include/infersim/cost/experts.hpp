#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/cost/expert_load.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"
#include "infersim/workload/expert_part.hpp"

namespace infersim {

/// The routed experts of one layer on one rank of an expert-parallel group.
struct ExpertShape {
  ExpertRouting routing;
  double hidden = 0;    ///< H, width of tokens
  double inner = 0;     ///< I, of one expert, this rank's slice of it
  bool gated = true;    ///< up and gate projection, else up alone
  bool sorted = false;  ///< an all-to-all brought the rank its own copies alone
  NumberType weights = NumberType::bf16;
  double weight_bits = 0;  ///< bits of a stored weight; 0: as `weights` has it
  NumberType compute = NumberType::bf16;
  NumberType activations = NumberType::bf16;
};

/// Weights of one expert's slice that a part multiplies by.
double weights_of(const ExpertShape& shape, ExpertPart part);

/// Time of one part of a rank's work on a layer's routed experts; the network's part is
/// `expert_exchange_cost`. M tokens of the group, R rows, A active of L local experts (`load`), S
/// copies that the rank's kernels pass over: all M top_k that it sees, or R where copies arrive
/// sorted. Parameters are those of ExpertTuning.
///
///     permute     2/6 fixed + (routing or host) + 1/2 c(2 (rows R + all_hidden S) H)
///     up          1/6 fixed + product(n = (gated + 1) I, k = H)
///     activation  1/6 fixed + c(2 (rows R + all_inner S) (gated + 2) I)
///     down        1/6 fixed + product(n = H, k = I)
///     sum         1/6 fixed + 1/2 c(2 (rows R + all_hidden S) H)
///
///     fixed   = latency + ramp M / (M + ramp_tokens) + per_expert L
///     product = (t_c^p + t_m^p)^(1/p)
///     tm    = the power of two from tile_share M top_k / replicas on, in [least_tile_rows,
///             tile_rows]: a library knows what it may expect, not the routing
///     cols  = max(n / columns, 1),  tiles = load.tiles(tm) cols
///     t_c   = max(1, tiles/units + 1/2) 2 (tm + tile_extra) min(columns, n) k units / (compute s
///     P) t_m   = (A n k w (1 - 4/5 h) + R (k a + 2 n)) / (bandwidth B) sqrt(1 + (fill units/(A
///     cols))^2) h     = 1 / (1 + (weights / (resident C))^4) where kernels are timed alone, else 0
///     s     = max(sharded, 1/groups), 1 where copies arrive sorted
///     c(b)  = b/B / (1 + (sweep - 1) / (1 + (b / (resident C))^2))
///
/// I is rounded up to `pad`; w and a are the bytes of a value (`stored` instead of w where a
/// library widens weights at load); C is the cache. Where an all-to-all brings the copies and its
/// own kernels sort and add them (up to `exchange_sorts` tokens M/groups), permute and sum take no
/// time here. A
/// benchmark's repetitions leave weights in the cache, five times as fast as memory; in a server
/// the weights of all other layers pass between. What one kernel hands to the next is in the cache
/// in both. How fixed time and moves are divided over parts is a convention (about six launches):
/// their sum is what was fitted. `routing` stands for kernels that the fitted rows leave out, in a
/// server; `host` for the launches of a benchmark without a graph.
///
/// Source: roofline with tile and wave quantisation (see gemm.hpp) over the tiles of each expert;
/// the moves, the fixed chain and the fill of bandwidth from residuals of 88,000 measured layers
/// (hardware/efficiency/README.md). Holds for: 1 to 16,384 tokens, BF16 to FP4. Fails for: under 8
/// tokens, where which experts they hit decides. Checked in: tests/limits/experts.test.cpp.
OpCost expert_part_cost(const Machine& machine, const KernelEfficiency& efficiency,
                        const ExpertShape& shape, const ExpertLoad& load, ExpertPart part);

/// All parts in a row.
OpCost experts_cost(const Machine& machine, const KernelEfficiency& efficiency,
                    const ExpertShape& shape);

}  // namespace infersim
