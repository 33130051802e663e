#pragma once

#include "infersim/cost/attention.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Prefill: causal attention of `tokens` new tokens in `sequences` after `past_sum` cached ones;
/// `pairs` counts the (query, key) pairs without a span, sum(new past + new^2/2). Sequences are
/// taken to be alike with n new tokens each.
///
///     R     = ceil(n / tile_rows)                    tiles of queries of a sequence and head
///     keys  = pairs/tokens + min(tile_rows, n)/2     that a tile sees, the masked ones of its
///                                                    diagonal included (windows: limited to them)
///     c     = tile_rows tile_columns (2 (key_dim + value_dim) / (compute P / units)
///             + 1/exponentials) + tile
///     start = unit_start + tile_rows (key_dim + value_dim) query_value
///     all   = waves (start + (max(1, keys/tile_columns) + edge) c), waves as in decode without
///             the least of 1, of R sequences query_heads items
///     last  = ramp + start + ceil(reach/tile_columns) c, the tile that sees most
///     t_c   = (all^balance + last^balance)^(1/balance) (1 + sustain t / (t + 3 ms))
///     t_m   = (queries, outputs, keys, values once, and the cached past) / (bandwidth B)
///     extra = passes over queries, keys and values before; copies of heads of 192
///     t     = latency + (t_c^p + t_m^p)^(1/p) + extra
///
/// A kernel that `packs` has a variant in which the query heads of a KV head share tiles: n g rows
/// over kv_heads, times `packed`; the faster counts. Neutral parameters (balance 0, exponentials 0)
/// leave all = flops over the rate. Source, limits and checks: as decode.
OpCost attention_prefill_cost(const Machine& machine, const KernelEfficiency& efficiency,
                              const AttentionShape& shape, double sequences, double tokens,
                              double pairs, double past_sum);

}  // namespace infersim
