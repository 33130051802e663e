#include "infersim/cost/attention_prefill.hpp"

#include <algorithm>

#include "cost/kernel_terms.hpp"
#include "infersim/cost/reach.hpp"

namespace infersim {
namespace {

using namespace detail;

constexpr double wide_head = 256;  // values from which heads take more registers than there are
constexpr Seconds settled{3e-3};   // clocks fall within about so much

/// One of equal sequences.
struct Prompt {
  double tokens = 0;  ///< new
  double past = 0;    ///< cached, as far as a query reaches
  double keys = 0;    ///< that a query sees in the mean
  double window = 0;  ///< 0: none
  double most = 0;    ///< keys of a query at most
};

/// The tiles of a kernel: queries by keys.
struct Tiles {
  double rows;
  double columns;
  double slots;
  Seconds start;
  Seconds tile;
};

/// Which query rows share tiles.
struct Variant {
  double per_sequence;    ///< sets of rows: heads, or KV heads where query heads are packed
  double rows_per_token;  ///< in a set
};

/// Keys of a tile of queries in the mean, those that its diagonal masks included.
double mean_keys(const Prompt& prompt, double row_tiles, double per_tile) {
  const double own = std::min(per_tile, prompt.tokens);
  if (prompt.window <= 0.0) return prompt.keys + own / 2.0;
  // Tiles under the window see all that is before them; those beyond it the window and themselves.
  const double under = std::min(row_tiles, whole(prompt.window / per_tile) + 1.0);
  const double ramp = under * (own + std::min(under * per_tile, prompt.tokens)) / 2.0;
  const double flat = (row_tiles - under) * (std::min(prompt.window, prompt.tokens) + per_tile);
  return (ramp + flat) / row_tiles + prompt.past;
}

Seconds tiled_time(const AttentionTuning& tuning, const Tiles& tiles, const Prompt& prompt,
                   double sequences, const Variant& variant) {
  const double row_tiles = whole(prompt.tokens * variant.rows_per_token / tiles.rows);
  const double per_tile = tiles.rows / variant.rows_per_token;  // tokens
  const bool cut = prompt.window > 0.0 && prompt.tokens > prompt.window;
  const double keys = mean_keys(prompt, row_tiles, per_tile);
  const double edge = row_tiles > 1.0 || cut ? tuning.edge : 0.0;
  const double load = sequences * variant.per_sequence * row_tiles / tiles.slots;
  const double waves = load + tuning.wave * (whole(load) - load);
  const Seconds all =
      waves * (tiles.start + (std::max(1.0, keys / tiles.columns) + edge) * tiles.tile);
  if (tuning.balance <= 0.0) return all;
  const double most =
      std::min((cut ? prompt.window + per_tile : prompt.tokens) + prompt.past, prompt.most);
  const Seconds last =
      std::min(1.0, load) * tuning.ramp + tiles.start + whole(most / tiles.columns) * tiles.tile;
  return smooth_max(all, last, {}, tuning.balance);
}

}  // namespace

OpCost attention_prefill_cost(const Machine& machine, const KernelEfficiency& efficiency,
                              const AttentionShape& shape, double sequences, double tokens,
                              double pairs, double past_sum) {
  OpCost cost;
  if (tokens <= 0) return cost;
  const AttentionTuning& tuning = efficiency.attention;
  const double past = past_sum / sequences;
  Prompt prompt;
  prompt.tokens = tokens / sequences;
  prompt.past = reached_tokens(shape, past);
  if (shape.span > 0.0 || shape.pool > 0.0)
    pairs = sequences * reached_pairs(shape, prompt.tokens, past);
  prompt.keys = pairs / tokens;
  const bool chunked = shape.chunked && shape.span > 0.0;
  const bool pooled = shape.pool > 0.0;
  prompt.window = chunked || pooled ? 0.0 : shape.span;
  prompt.most = chunked  ? shape.span
                : pooled ? reached_tokens(shape, prompt.tokens + past)
                         : prompt.tokens + past;

  const double values = shape.key_dim + shape.value_dim;
  const double rows = efficiency.tile_rows;
  const double columns = efficiency.tile_columns;
  const FlopRate rate = machine.peak[index(shape.compute)] * efficiency.compute;
  const bool wide = shape.key_dim >= wide_head && shape.key_dim == shape.value_dim;
  const Flops score{2.0 * values * (wide ? tuning.wide_heads : 1.0)};
  Seconds each = score / (rate / machine.units);
  if (tuning.exponentials > 0.0) each += Seconds{1.0 / tuning.exponentials};
  const Tiles tiles{.rows = rows,
                    .columns = columns,
                    .slots = machine.units * tuning.occupancy,
                    .start = tuning.unit_start + rows * values * tuning.query_value,
                    .tile = rows * columns * each + tuning.tile};
  const Variant plain{shape.query_heads, 1.0};
  cost.compute = tiled_time(tuning, tiles, prompt, sequences, plain);
  // Half of each diagonal tile is masked.
  double diagonal = tokens * rows / 2.0;
  if (tuning.packs || tuning.absorbed) {
    const double group = shape.query_heads / shape.kv_heads;
    const Variant packed{shape.kv_heads, group};
    const Seconds time = tuning.packed * tiled_time(tuning, tiles, prompt, sequences, packed);
    if (time < cost.compute) {
      cost.compute = time;
      diagonal /= group;
    }
  }
  cost.compute *= 1.0 + tuning.sustain * (cost.compute / (cost.compute + settled));

  const Bytes cached = (tokens + sequences * prompt.past) * shape.kv_heads * cached_row(shape);
  const Bytes moved = Bytes{2.0 * tokens * shape.query_heads * values} + cached;
  const Bytes passes{2.0 * tokens *
                     (tuning.pass_queries * shape.query_heads * shape.key_dim +
                      tuning.pass_keys * shape.kv_heads * values)};
  const double warm = warm_factor(machine, tuning.warm, tuning.warm_gain, moved);
  const Bandwidth bandwidth = machine.memory_bandwidth * efficiency.bandwidth;
  cost.memory = moved * warm / bandwidth;
  cost.extra = passes * warm / bandwidth;
  if (shape.key_dim == odd_head_values) cost.extra += tuning.odd_head;

  cost.rows = tokens;
  cost.useful_flops = Flops{2.0 * shape.query_heads * values * pairs};
  cost.activity.flops[index(shape.compute)] =
      Flops{2.0 * shape.query_heads * values * (pairs + diagonal)};
  cost.activity.memory = moved + passes;
  // Every tile of queries reads the keys it sees.
  const Bytes reread = whole(prompt.tokens / rows) * cached;
  cost.activity.on_chip = Bytes{2.0 * tokens * shape.query_heads * values} + reread;
  if (machine.timed_alone) cost.extra += machine.launch * tuning.host;
  finish(cost, machine, efficiency, shape.compute);
  return cost;
}

}  // namespace infersim
