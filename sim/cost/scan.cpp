#include "infersim/cost/scan.hpp"

#include <cmath>

#include "cost/kernel_terms.hpp"

namespace infersim {
namespace {

using namespace detail;

double state_values(const ScanShape& shape) {
  return shape.heads * shape.key_dim * shape.value_dim;
}

/// Bytes of a token's queries, keys, values and outputs in 16 bits.
double token_bytes(const ScanShape& shape) {
  return 2.0 * (2.0 * shape.key_heads * shape.key_dim + 2.0 * shape.heads * shape.value_dim);
}

}  // namespace

OpCost scan_prefill_cost(const Machine& machine, const KernelEfficiency& efficiency,
                         const ScanShape& shape, double sequences, double tokens) {
  OpCost cost;
  if (tokens <= 0) return cost;
  const double chunks = sequences * std::ceil(tokens / sequences / scan_chunk);
  const double within = 2.0 * scan_chunk * (shape.key_dim + shape.value_dim);
  const double outer = shape.key_dim * shape.value_dim;
  const double per_head = shape.delta_rule ? 2.0 * within + 6.0 * outer : within + 4.0 * outer;
  const double useful = tokens * shape.heads * per_head;
  const double items = chunks * shape.heads;
  cost.rows = tokens;
  // A chunk that is not full is computed as a whole.
  add_compute(cost, machine, efficiency, shape.compute, items, scan_chunk * per_head, useful);
  const double states = 2.0 * chunks * state_values(shape) * bytes_of(shape.state);
  const Bytes moved{tokens * token_bytes(shape) + states};
  add_memory(cost, machine, efficiency, {moved, moved});
  finish(cost, efficiency);
  const Seconds further = (scan_kernels - 1.0) * efficiency.latency;
  cost.latency += further;
  cost.time += further;
  return cost;
}

OpCost scan_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                        const ScanShape& shape, double sequences, double queries) {
  OpCost cost;
  if (sequences <= 0) return cost;
  const double tokens = sequences * queries;
  const double useful = tokens * state_values(shape) * (shape.delta_rule ? 6.0 : 4.0);
  cost.rows = tokens;
  cost.useful_flops = Flops{useful};
  const FlopRate rate =
      machine.vector_peak > FlopRate{} ? machine.vector_peak : machine.peak[index(shape.compute)];
  cost.compute = Flops{useful} / (rate * efficiency.compute);
  cost.activity.flops[index(shape.compute)] = Flops{useful};
  const double states = 2.0 * sequences * state_values(shape) * bytes_of(shape.state);
  const Bytes moved{tokens * token_bytes(shape) + states};
  add_memory(cost, machine, efficiency, {moved, moved});
  finish(cost, efficiency);
  return cost;
}

}  // namespace infersim
