#pragma once

#include <string_view>

#include "infersim/core/quantity.hpp"

namespace infersim {

/// Tile shapes and splits of the sum over k that a library of GEMM kernels chooses among.
///   fixed   one shape, tile_rows x tile_columns; sums of at least 1024 are split
///   split   rows and columns from 32 to 256 either way round, with splits (cuBLAS, hipBLASLt)
///   single  64 to 256 rows, no splits (DeepGEMM)
///   rows64  rows follow m from 64 to 256, no splits (CUTLASS dispatched on m)
///   rows16  rows follow m from 16 to 256, with splits
enum class TileSet { fixed, split, single, rows64, rows16 };

std::string_view name(TileSet tiles);

/// What a GEMM costs beside its products and its traffic; see gemm.hpp.
struct GemmTuning {
  TileSet tiles = TileSet::fixed;
  double side = 0;        ///< operands of a tile step: side at which they cost as half its products
  double widen = 0;       ///< conversion of a stored weight in a tile step, in products
  double wave = 1;        ///< how far waves are quantised: 0 perfectly balanced, 1 whole waves
  double write = 0;       ///< output of a tile, over the unit's share of bandwidth
  Seconds k_latency;      ///< of a value of k in a tile, at least
  double sustain = 0;     ///< slow-down of kernels over a millisecond (clocks)
  Seconds split_latency;  ///< of adding up the parts of split sums
  Seconds split_step;     ///< and of each part
  double split_traffic = 0;  ///< of the parts' bytes, over bandwidth
  double unit_bandwidth =
      0;  ///< of memory bandwidth, that one unit's share reaches times units; 0: all
  double vector_rows = 0;  ///< rows up to which weights stream past vectors, without shared tiles
  double vector_bandwidth = 1;  ///< achievable fraction of memory bandwidth there
  double vector_blend = 4;      ///< exponent of the smooth maximum there
  double quantise = 1;          ///< of memory bandwidth, in the pass that quantises activations
  Seconds quantise_row;         ///< and of each of its rows
  Seconds quantise_fill;        ///< and fixed, reached half at `quantise_rows`
  double quantise_rows = 1;
  double keep_weights = 0;  ///< share of the cache in which a benchmark leaves weights warm
  double keep_values = 0;   ///< and activations and outputs
  double keep_gain = 1;     ///< bandwidth of what is warm, over memory's
  double keep_sharpness = 4;
  Seconds host;            ///< of a caller that launches without a graph, at least
  double host_few = 1;     ///< factor on it for under 32 rows
  double host_thin = 1;    ///< for under 64 columns or 128 values of k
  double host_padded = 1;  ///< for rows that are no multiple of 4

  friend bool operator==(const GemmTuning&, const GemmTuning&) = default;
};

/// What attention costs beside its products and its traffic; see attention_decode.hpp and
/// attention_prefill.hpp. tile_rows are the
/// queries of a tile (decode: query heads packed into one), tile_columns its keys.
struct AttentionTuning {
  Seconds unit_start;         ///< of a work item on its unit
  Seconds unit_start_single;  ///< the same where query heads are not packed
  Seconds query_value;        ///< of one value of a query and its output
  Seconds tile;               ///< of a tile of keys, beside loading and products
  Seconds ramp;               ///< of the first work items of a kernel
  Bandwidth unit_bandwidth;   ///< at which one unit loads keys and values; 0: no limit
  Bandwidth unit_bandwidth_single;
  Seconds merge;                        ///< the kernel that merges splits
  Seconds odd_head;                     ///< copy that pads heads of 192
  Seconds small_head;                   ///< heads of up to 64
  Seconds single_latency;               ///< kernels that do not pack query heads
  Seconds host;                         ///< of a caller that launches without a graph
  double exponentials = 0;              ///< scores a second and unit; 0: no limit
  bool exponentials_of_device = false;  ///< a table of the very device says so
  double balance = 0;          ///< blend exponent of all work against the longest item; 0: units
                               ///< share all work evenly
  double sustain = 0;          ///< slow-down of long kernels (clocks)
  double pass_queries = 0;     ///< passes over queries before the kernel (rope, quantisation)
  double pass_keys = 0;        ///< and over keys and values (cache writes)
  double packed = 1;           ///< time of the variant that packs query heads, over the plain one's
  double wide_heads = 1;       ///< cost of heads of 256 and more
  double edge = 0;             ///< masked part of the last tile of keys of a row of tiles
  double wave = 0;             ///< how far waves are quantised: 0 balanced, 1 whole waves
  double occupancy = 1;        ///< work items side by side on a unit
  double warm = 0;             ///< share of the cache that a benchmark leaves warm
  double warm_gain = 1;        ///< its bandwidth over memory's
  double most_packed = 1000;   ///< query heads a KV head up to which they are packed
  double shortest_split = 1;   ///< tiles of keys of a split, at least
  double most_splits = 0;      ///< 1: a sequence is never split; 0: units share all work evenly
  double split_from = 0;       ///< cached tokens from which splits are merged by a kernel
  double least_rows = 1;       ///< query rows that products are padded to
  bool single_alone = false;   ///< one query head a KV head is not packed
  bool window_alone = false;   ///< nor are query heads over a window
  bool splits_single = false;  ///< sequences of unpacked heads are split too
  bool scaled_tiles = false;   ///< tiles of keys shrink with heads over 128
  bool overlaps = false;       ///< loads run under the products
  bool narrow_products = false;  ///< latent decode multiplies in the cache's type
  bool packs = false;            ///< prefill: a variant packs query heads
  bool absorbed = false;         ///< latent prefill was timed over the latents themselves

  friend bool operator==(const AttentionTuning&, const AttentionTuning&) = default;
};

/// What the routed experts of a layer cost beside products and weights; see experts.hpp.
/// tile_rows is the tallest tile.
struct ExpertTuning {
  double columns = 128;        ///< of a work item
  double least_tile_rows = 1;  ///< the lowest tile
  double tile_share = 1;       ///< rows a library expects, over the mean of the experts
  double tile_extra = 0;       ///< rows that a tile costs beyond its own (weights through it)
  double fill = 0;             ///< waves of work items under which bandwidth is not saturated
  double pad = 1;              ///< granule of the experts' inner dimension
  Seconds ramp;                ///< further fixed time of large batches (sorting)
  double ramp_tokens = 1;      ///< tokens at which half of it is there
  Seconds per_expert;          ///< fixed time of each expert of the rank
  double rows = 0;             ///< passes over the rank's own rows
  double all_hidden = 0;       ///< passes over all token copies, of hidden values
  double all_inner = 0;        ///< and of inner values
  double resident = 0.5;       ///< share of the cache in which weights survive
  double sweep = 5;            ///< speed of passes that stay in the cache
  double sharded = 1;          ///< share of the rate that kernels with foreign experts keep
  double stored = 0;           ///< bytes of a weight that was widened when loaded; 0: its type's
  Seconds routing;             ///< fixed time, in a server, of kernels that the fit leaves out
  Seconds host;                ///< of a caller that launches without a graph
  /// Tokens of a rank up to which the all-to-all's own kernels sort copies and add them up again.
  double exchange_sorts = 0;

  friend bool operator==(const ExpertTuning&, const ExpertTuning&) = default;
};

/// What linear attention costs; see scan.hpp. tile_rows are the tokens of a chunk (conv: a block).
struct ScanTuning {
  Seconds start;         ///< of the chain of chunks (conv: of a sequence's block of channels)
  Seconds chunk;         ///< of one chunk of the chain
  Seconds item;          ///< of one state of 128 x 128 values (conv: of one block of channels)
  Seconds sequence;      ///< conv: of one sequence
  Seconds step;          ///< of a token that waits for the one before it (conv: within a block)
  Seconds host;          ///< of a caller that launches without a graph
  double passes = 1;     ///< over a token's values
  double states = 1;     ///< states written and read for each chunk
  double wave = 0;       ///< how far waves are quantised
  double occupancy = 1;  ///< chains side by side on a unit
  double warm = 0;       ///< share of the cache that a benchmark leaves warm
  double warm_gain = 1;

  friend bool operator==(const ScanTuning&, const ScanTuning&) = default;
};

/// What sparse attention costs beside its products; see sparse_attention.hpp. Of `attention`,
/// least_rows is used too.
struct SparseTuning {
  double gather = 1;      ///< fraction of memory bandwidth at which chosen tokens are read: above 1
                          ///< where neighbours choose alike and find them in the cache
  double padded = 0;      ///< share of the places that a short context leaves empty which is
                          ///< computed all the same
  Seconds row;            ///< of a query, in small kernels around attention
  Seconds index_latency;  ///< launches and fixed work of the indexer
  double index_compute = 1;  ///< of its products, of the peak of their type
  Seconds select;            ///< of one score of a query in the kernel that picks the largest
  Seconds select_start;      ///< further, once there are more tokens than are picked
  /// Of whole modules, as benchmarks time them: share of the fixed time of the other kernels in a
  /// graph that remains, since launches overlap with the kernel before.
  double launch_share = 1;
  Seconds host;          ///< of a caller that launches without a graph
  Seconds host_index;    ///< and of the indexer's launches
  Seconds host_narrow;   ///< and of those that quantise the inputs of projections
  double host_from = 0;  ///< sequences from which a benchmark's decode has no graph

  friend bool operator==(const SparseTuning&, const SparseTuning&) = default;
};

/// How far one kind of kernel gets on one kind of chip, in one format. A fraction above 1 belongs
/// to a fit in which another term takes it back (`side`, a low blend). Of the tunings only that of
/// the kernel's own class is used; their defaults are neutral.
struct KernelEfficiency {
  double compute = 1.0;    ///< achievable fraction of the dense peak, quantisation of tiles apart
  double bandwidth = 1.0;  ///< achievable fraction of main-memory bandwidth
  Seconds latency;         ///< launch and fixed work of one kernel
  double blend = 4.0;      ///< exponent of the smooth maximum of compute and memory time
  int tile_rows = 128;     ///< rows of the output (or queries) that one unit works on at a time
  int tile_columns = 128;  ///< columns of the output that one unit works on at a time
  GemmTuning gemm;
  AttentionTuning attention;
  ExpertTuning experts;
  ScanTuning scan;
  SparseTuning sparse;

  friend bool operator==(const KernelEfficiency&, const KernelEfficiency&) = default;
};

}  // namespace infersim
