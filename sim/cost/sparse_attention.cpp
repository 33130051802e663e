#include "infersim/cost/sparse_attention.hpp"

#include <algorithm>

#include "cost/kernel_terms.hpp"
#include "infersim/cost/reach.hpp"

namespace infersim {

using namespace detail;

SparseQueries sparse_queries(double sequences, double tokens, double past, double span) {
  SparseQueries queries;
  queries.sequences = sequences;
  queries.queries = sequences * tokens;
  queries.keys = sequences * (past + tokens);
  AttentionShape shape;
  queries.pairs = sequences * reached_pairs(shape, tokens, past);
  shape.span = span;
  queries.chosen = sequences * reached_pairs(shape, tokens, past);
  return queries;
}

OpCost sparse_attention_cost(const Machine& machine, const KernelEfficiency& efficiency,
                             const AttentionShape& shape, const SparseQueries& queries) {
  OpCost cost;
  if (queries.queries <= 0) return cost;
  const SparseTuning& tuning = efficiency.sparse;
  const double values = shape.key_dim + shape.value_dim;
  const double rows = std::max(shape.query_heads, efficiency.attention.least_rows);
  const double places = std::max(queries.queries * shape.span, queries.chosen);
  const double computed = queries.chosen + tuning.padded * (places - queries.chosen);
  const Flops executed{2.0 * values * rows * computed};
  const FlopRate peak = machine.peak[index(shape.compute)];
  const Bytes read = queries.chosen * cached_row(shape);
  const Bytes ends{2.0 * queries.queries * shape.query_heads * values};
  cost.rows = queries.queries;
  cost.compute = executed / (peak * efficiency.compute);
  cost.memory = read / (machine.memory_bandwidth * tuning.gather) +
                ends / (machine.memory_bandwidth * efficiency.bandwidth);
  cost.useful_flops = Flops{2.0 * values * shape.query_heads * queries.chosen};
  cost.activity.flops[index(shape.compute)] = executed;
  // Chosen rows that neighbours share come from the cache.
  cost.activity.memory = read / std::max(tuning.gather, 1.0) + ends;
  cost.activity.on_chip = read + ends;
  cost.extra = queries.queries * tuning.row;
  finish(cost, machine, efficiency, shape.compute);
  return cost;
}

OpCost index_cost(const Machine& machine, const KernelEfficiency& efficiency,
                  const AttentionShape& shape, const SparseQueries& queries) {
  constexpr double scale = 4;  // bytes, of a token's key
  OpCost cost;
  if (queries.queries <= 0) return cost;
  const SparseTuning& tuning = efficiency.sparse;
  const bool narrow = machine.peak[index(NumberType::fp8)] > FlopRate{};
  const NumberType type = narrow ? NumberType::fp8 : shape.compute;
  const FlopRate peak = machine.peak[index(type)];
  const double key = shape.key_dim * bytes_of(type) + (narrow ? scale : 0.0);
  const Bytes keys{queries.keys * key};
  cost.rows = queries.queries;
  cost.useful_flops = Flops{2.0 * shape.query_heads * shape.key_dim * queries.pairs};
  cost.compute = cost.useful_flops / (peak * tuning.index_compute);
  cost.memory = keys / (machine.memory_bandwidth * efficiency.bandwidth);
  cost.activity.flops[index(type)] = cost.useful_flops;
  cost.activity.memory = keys;
  cost.activity.on_chip = keys;
  const double seen = queries.pairs / queries.queries;
  Seconds pick = seen * tuning.select;
  if (queries.keys > queries.sequences * shape.span) pick += tuning.select_start;
  cost.extra = std::max(1.0, queries.queries / machine.units) * pick;
  // One after the other: scores are written before they are read.
  cost.latency = tuning.index_latency;
  const Seconds busy = cost.compute + cost.memory;
  cost.time = cost.latency + busy + cost.extra;
  cost.compute_fraction = tuning.index_compute;
  cost.bandwidth_fraction = efficiency.bandwidth;
  cost.blend = 1.0;
  cost.bound = cost.latency > busy + cost.extra ? Bound::latency : busy_bound(cost);
  return cost;
}

}  // namespace infersim
