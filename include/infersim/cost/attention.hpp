#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/cost/kernel_class.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"
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
  /// Tokens that a query attends to at most, 0 without limit: a window, a chunk, an indexer's
  /// choice.
  double span = 0;
  bool chunked = false;     ///< the span is a run of its own, not the last tokens
  bool keeps_cache = true;  ///< reads a cache of its own, not an earlier layer's
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

/// The form in which the prefill kernel of that efficiency wants latent attention: absorbed over
/// the cache, or expanded to 16-bit values.
AttentionShape latent_prefill_shape(const KernelEfficiency& efficiency,
                                    const LatentAttention& latent, double heads, NumberType compute,
                                    NumberType cache);

/// Under which format a kernel's parameters are listed: 16-bit products over a cache of 8 bits
/// have their own.
KernelFormat attention_format(NumberType products, NumberType cache);

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
/// tiles for each shape. Checked in: tests/limits/attention.test.cpp.
OpCost attention_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                             const AttentionShape& shape, double sequences, double queries,
                             double context_sum);

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
