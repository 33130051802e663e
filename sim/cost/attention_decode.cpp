#include "infersim/cost/attention_decode.hpp"

#include <algorithm>

#include "cost/kernel_terms.hpp"
#include "infersim/cost/reach.hpp"

namespace infersim {
namespace {

using namespace detail;

constexpr double idle_enough = 0.8;  // share of the slots from which nothing is split
constexpr double few_values = 64;    // of a head, for which kernels are not made

/// How the query heads of all sequences become work items.
struct Items {
  double rows = 1;      ///< queries of one
  double count = 1;     ///< before sequences are split
  bool single = false;  ///< a query head each
};

Items items_of(const KernelEfficiency& efficiency, const AttentionShape& shape, double sequences,
               double queries) {
  const AttentionTuning& tuning = efficiency.attention;
  const double group = shape.query_heads / shape.kv_heads;
  const double rows = queries * group;
  const bool windowed = shape.span > 0.0 && !shape.chunked;
  const bool alone = group > tuning.most_packed || (tuning.single_alone && rows <= 1.0) ||
                     (tuning.window_alone && windowed);
  // An indexer's scores have a kernel of their own, which packs all heads.
  if (alone && shape.value_dim > 0.0) {
    return {1.0, sequences * queries * shape.query_heads, true};
  }
  const double blocks = whole(rows / efficiency.tile_rows);
  return {std::min<double>(rows, efficiency.tile_rows), sequences * shape.kv_heads * blocks, false};
}

/// How a sequence's keys are divided over work items.
struct Split {
  double parts = 1;
  double tiles = 1;     ///< of one part
  bool may = false;     ///< the kernel splits at such a load
  bool merged = false;  ///< parts are written out and added up
};

Split split_of(const AttentionTuning& tuning, const Items& items, double tiles, double slots) {
  // At will: units share all work evenly, and nothing is known of what merging costs.
  if (tuning.most_splits <= 0.0) {
    const double parts = std::max(1.0, slots / items.count);
    return {parts, tiles / parts, false, false};
  }
  Split split;
  split.may = items.count < idle_enough * slots && (!items.single || tuning.splits_single) &&
              tuning.most_splits > 1.0;
  if (split.may) {
    const double wanted =
        std::min(whole_part(slots / items.count), whole(tiles / tuning.shortest_split));
    split.parts = std::clamp(wanted, 1.0, tuning.most_splits);
  }
  split.tiles = items.single ? tiles / split.parts : whole(tiles / split.parts);
  split.merged = split.parts > 1.0;
  return split;
}

/// What one tile of keys takes on its unit.
struct TileTime {
  Seconds load;
  Seconds products;
  Seconds all;
};

TileTime tile_time(const KernelEfficiency& efficiency, const Items& items, Bytes keys, Flops flops,
                   FlopRate per_unit) {
  const AttentionTuning& tuning = efficiency.attention;
  const Bandwidth limit = items.single ? tuning.unit_bandwidth_single : tuning.unit_bandwidth;
  TileTime time;
  if (limit > Bandwidth{}) time.load = keys / limit;
  time.products = flops / per_unit;
  time.all = tuning.tile + (tuning.overlaps ? smooth_max(time.load, time.products, {}, 4.0)
                                            : time.load + time.products);
  return time;
}

Seconds extra_time(const AttentionTuning& tuning, const AttentionShape& shape, const Items& items,
                   bool merges) {
  Seconds extra;
  if (merges) extra += tuning.merge;
  if (shape.key_dim == odd_head_values) extra += tuning.odd_head;
  if (shape.key_dim <= few_values) extra += tuning.small_head;
  if (items.single) extra += tuning.single_latency;
  return extra;
}

}  // namespace

OpCost attention_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                             const AttentionShape& shape, double sequences, double queries,
                             double context_sum) {
  OpCost cost;
  if (sequences <= 0) return cost;
  const AttentionTuning& tuning = efficiency.attention;
  const double context = context_sum / sequences;
  const double keys = reached_tokens(shape, context);
  const double values = shape.key_dim + shape.value_dim;
  const Items items = items_of(efficiency, shape, sequences, queries);

  double columns = efficiency.tile_columns;
  if (tuning.scaled_tiles && shape.key_dim > 128.0) columns *= 128.0 / shape.key_dim;
  double tiles = keys / columns;
  if (!items.single) tiles = whole(tiles) + (keys < context && !shape.chunked ? 1.0 : 0.0);
  const double slots = machine.units * tuning.occupancy;
  const Split split = split_of(tuning, items, tiles, slots);
  const double load = items.count * split.parts / slots;
  const double waves = std::max(1.0, load + tuning.wave * (whole(load) - load));

  const bool narrow = tuning.narrow_products && width(shape.cache) == 8 &&
                      machine.peak[index(shape.cache)] > FlopRate{};
  const NumberType type = narrow ? shape.cache : shape.compute;
  const FlopRate rate = machine.peak[index(type)] * efficiency.compute;
  const double padded = std::max(items.rows, tuning.least_rows);
  const Flops tile_flops{2.0 * columns * padded * values};
  const Bytes key = cached_row(shape);
  const TileTime tile =
      tile_time(efficiency, items, columns * key, tile_flops, rate / machine.units);
  const Seconds start = (items.single ? tuning.unit_start_single : tuning.unit_start) +
                        items.rows * values * tuning.query_value;
  cost.compute =
      (waves - 1.0) * start + std::min(1.0, load) * tuning.ramp + waves * split.tiles * tile.all;

  const double rows = sequences * queries * shape.query_heads;
  const Bytes cache = sequences * shape.kv_heads * keys * key;
  const Bytes ends{2.0 * rows * values};
  const Bytes parts{split.merged ? 8.0 * rows * shape.value_dim * split.parts : 0.0};
  const Bytes moved = cache + ends + parts;
  const Bytes felt = cache * warm_factor(machine, tuning.warm, tuning.warm_gain, cache) + ends;
  cost.memory = (felt + parts) / (machine.memory_bandwidth * efficiency.bandwidth);

  cost.rows = sequences * queries;
  cost.activity.flops[index(type)] = items.count * tiles * tile_flops;
  cost.activity.memory = moved;
  cost.activity.on_chip = moved;
  cost.useful_flops = Flops{2.0 * rows * values * keys};
  cost.extra = extra_time(tuning, shape, items, split.may && context > tuning.split_from);
  if (machine.timed_alone) cost.extra += machine.launch * tuning.host;
  finish(cost, machine, efficiency, type);
  // Units that wait for their keys are bound by memory, though not by all of its bandwidth.
  const bool computes = cost.bound == Bound::compute || cost.bound == Bound::padding;
  if (computes && tile.load > tile.products) cost.bound = Bound::memory;
  return cost;
}

}  // namespace infersim
