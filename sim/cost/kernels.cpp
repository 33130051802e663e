#include "infersim/cost/kernels.hpp"

#include <algorithm>
#include <cmath>

#include "cost/kernel_terms.hpp"

namespace infersim {

using namespace detail;

OpCost attention_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                             const AttentionShape& shape, double sequences, double queries,
                             double context_sum) {
  OpCost cost;
  if (sequences <= 0) return cost;
  const double group = queries * shape.query_heads / shape.kv_heads;
  const double padded = std::ceil(group / efficiency.tile_rows) * efficiency.tile_rows;
  const double values = shape.key_dim + shape.value_dim;
  const double keys = context_sum + 0.5 * sequences * efficiency.tile_columns;
  const double executed = 2.0 * shape.kv_heads * padded * values * keys;
  const double useful = 2.0 * shape.kv_heads * group * values * context_sum;
  cost.rows = sequences * queries;
  cost.compute = Flops{executed} / (machine.peak[index(shape.compute)] * efficiency.compute);
  cost.useful_flops = Flops{useful};
  cost.activity.flops[index(shape.compute)] = Flops{executed};
  cost.tile_efficiency = useful / executed;
  const double cache = shape.kv_heads * shape.cached_values * context_sum * bytes_of(shape.cache);
  const double ends = 2.0 * sequences * queries * shape.query_heads * values;
  add_memory(cost, machine, efficiency, {Bytes{cache + ends}, Bytes{cache + ends}});
  finish(cost, efficiency);
  return cost;
}

OpCost attention_prefill_cost(const Machine& machine, const KernelEfficiency& efficiency,
                              const AttentionShape& shape, double sequences, double tokens,
                              double pairs, double past_sum) {
  OpCost cost;
  if (tokens <= 0) return cost;
  const double values = shape.key_dim + shape.value_dim;
  const double useful = 2.0 * shape.query_heads * values * pairs;
  const double tm = tile_rows_for(tokens / sequences, 1, efficiency.tile_rows);
  const double tiles = shape.query_heads * sequences * std::ceil(tokens / sequences / tm);
  // Pairs beyond the diagonal tiles are skipped; half of each diagonal tile is masked.
  const double executed = useful + shape.query_heads * values * tokens * tm;
  cost.rows = tokens;
  add_compute(cost, machine, efficiency, shape.compute, tiles, executed / tiles, useful);
  const double ends =
      2.0 * tokens * (2.0 * shape.query_heads * values / 2.0 + shape.kv_heads * values);
  const double past = shape.kv_heads * shape.cached_values * past_sum * bytes_of(shape.cache);
  const double key_value_reads = shape.kv_heads * values * 2.0 * (tokens + past_sum);
  add_memory(
      cost, machine, efficiency,
      {Bytes{ends + past}, Bytes{ends + key_value_reads * std::ceil(tokens / sequences / tm)}});
  finish(cost, efficiency);
  return cost;
}

OpCost elementwise_cost(const Machine& machine, const KernelEfficiency& efficiency, double rows,
                        double read, double written) {
  OpCost cost;
  if (rows <= 0) return cost;
  const Bytes bytes{2.0 * rows * (read + written)};
  cost.rows = rows;
  if (bytes * 2.0 <= machine.cache_capacity) {
    cost.activity.on_chip = bytes;
    if (machine.cache_bandwidth > Bandwidth{}) {
      cost.on_chip = bytes / (machine.cache_bandwidth * efficiency.bandwidth);
    } else {
      // A cache of unpublished bandwidth is at least as fast as what it caches.
      cost.on_chip = bytes / (machine.memory_bandwidth * efficiency.bandwidth);
    }
  } else {
    cost.activity.memory = bytes;
    cost.memory = bytes / (machine.memory_bandwidth * efficiency.bandwidth);
  }
  finish(cost, efficiency);
  return cost;
}

}  // namespace infersim
