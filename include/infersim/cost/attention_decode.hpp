#pragma once

#include "infersim/cost/attention.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Decode: `queries` new tokens of each of `sequences`, whose caches hold `context_sum` together.
/// Sequences are taken to be alike, L = context_sum / sequences tokens long.
///
///     single = query heads of a KV head that the kernel does not pack: g = query_heads/kv_heads >
///              most_packed, or 1 where single_alone, or over a window where window_alone
///     rows   = single: 1, else min(queries g, tile_rows)
///     items  = sequences (single: queries query_heads, else kv_heads ceil(queries g / tile_rows))
///     keys   = min(L, span);   tiles = ceil(keys / tile_columns) + [L > span]
///     slots  = units occupancy
///     splits = items < 0.8 slots: clamp(floor(slots/items), 1, min(most_splits,
///              ceil(tiles/shortest_split))), else 1
///     x      = items splits / slots;   waves = max(1, x + wave (ceil(x) - x))
///     load   = tile_columns cached_values bytes / unit_bandwidth
///     mul    = 2 tile_columns max(rows, least_rows) (key_dim + value_dim) / (compute P / units)
///     t_c    = (waves - 1) start + min(1, x) ramp + waves ceil(tiles/splits) (tile + load + mul),
///              start = unit_start + rows (key_dim + value_dim) query_value
///     t_m    = (cache + queries + outputs + parts of splits) / (bandwidth B)
///     t      = latency + (t_c^p + t_m^p)^(1/p) + extra
///
/// A window straddles one tile more; single heads work on parts of tiles. Where the kernel
/// `overlaps`, load and mul are joined as (load^4 + mul^4)^(1/4). `extra` is the kernel that merges
/// splits (L > split_from), what heads of 192 or of up to 64 cost besides, and the host's launch
/// where kernels are timed alone.
///
/// Neutral parameters (most_splits 0, unit_bandwidth 0, no times) leave flops and bytes: units
/// share all work evenly, however few and long the sequences are,
///
///     t_c = items ceil(keys / tile_columns) mul / units
///
/// Source: FlashAttention-2 (arXiv:2307.08691), flash-decoding (Dao et al., 2023), FlashMLA for the
/// latent form; work items, tiles and starts from the residuals of measured shapes
/// (hardware/efficiency/README.md). Holds for: one kernel over a paged or plain cache. Fails for:
/// sequences of very different lengths in one batch (the longest ends last); libraries that choose
/// tiles for each shape. Checked in: tests/limits/attention_decode.test.cpp.
OpCost attention_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                             const AttentionShape& shape, double sequences, double queries,
                             double context_sum);

}  // namespace infersim
