#include "infersim/cost/scan.hpp"

#include <algorithm>

#include "cost/kernel_terms.hpp"

namespace infersim {
namespace {

using namespace detail;

constexpr double item_values = 128 * 128;  // of the states that kernels were timed with

double state_values(const ScanShape& shape) {
  return shape.heads * shape.key_dim * shape.value_dim;
}

/// Chains that run side by side: of channels as many make one as a timed state has values.
double chains(const ScanShape& shape) {
  return shape.channels ? std::max(1.0, state_values(shape) / item_values) : shape.heads;
}

/// Where element by element work is computed.
FlopRate vector_rate(const Machine& machine, const ScanShape& shape) {
  return machine.vector_peak > FlopRate{} ? machine.vector_peak
                                          : machine.peak[index(shape.compute)];
}

constexpr double channel_flops = 7;  // of a value of the state, for a token

/// Bytes of a token's queries, keys, values and outputs in 16 bits.
double token_bytes(const ScanShape& shape) {
  return 2.0 * (2.0 * shape.key_heads * shape.key_dim + 2.0 * shape.heads * shape.value_dim);
}

}  // namespace

OpCost scan_prefill_cost(const Machine& machine, const KernelEfficiency& efficiency,
                         const ScanShape& shape, double sequences, double tokens) {
  OpCost cost;
  if (tokens <= 0) return cost;
  const ScanTuning& tuning = efficiency.scan;
  const double chunks = whole(tokens / sequences / scan_chunk);  // of a sequence
  const double within = 2.0 * scan_chunk * (shape.key_dim + shape.value_dim);
  const double outer = shape.key_dim * shape.value_dim;
  const double per_head = shape.channels     ? channel_flops * outer
                          : shape.delta_rule ? 2.0 * within + 6.0 * outer
                                             : within + 4.0 * outer;
  // A chunk that is not full is computed as a whole.
  const Flops executed{sequences * chunks * scan_chunk * shape.heads * per_head};
  const FlopRate peak =
      shape.channels ? vector_rate(machine, shape) : machine.peak[index(shape.compute)];
  cost.rows = tokens;
  cost.compute = executed / (peak * efficiency.compute);
  cost.useful_flops = Flops{tokens * shape.heads * per_head};
  cost.activity.flops[index(shape.compute)] = executed;
  const double states = 2.0 * sequences * state_values(shape) * bytes_of(shape.state);
  add_scan_memory(
      cost, machine, efficiency,
      Bytes{tokens * token_bytes(shape) * tuning.passes + states * (1.0 + chunks * tuning.states)});

  const double load = sequences * chains(shape) / (machine.units * tuning.occupancy);
  const double waves = std::max(1.0, load + tuning.wave * (whole(load) - load));
  const Seconds chain = waves * (tuning.start + chunks * tuning.chunk);
  const Seconds busy = smooth_max(chain, cost.compute + cost.memory, {}, efficiency.blend);
  cost.extra = busy - smooth_max(cost.compute, cost.memory, {}, efficiency.blend);
  if (machine.timed_alone) cost.extra += machine.launch * tuning.host;
  finish(cost, machine, efficiency, shape.compute);
  return cost;
}

OpCost scan_decode_cost(const Machine& machine, const KernelEfficiency& efficiency,
                        const ScanShape& shape, double sequences, double queries) {
  OpCost cost;
  if (sequences <= 0) return cost;
  const double tokens = sequences * queries;
  const double each = shape.channels ? channel_flops : shape.delta_rule ? 6.0 : 4.0;
  const double useful = tokens * state_values(shape) * each;
  cost.rows = tokens;
  cost.useful_flops = Flops{useful};
  const FlopRate rate = vector_rate(machine, shape);
  const double items = tokens * state_values(shape) / item_values;
  cost.compute = efficiency.scan.item > Seconds{} ? items / machine.units * efficiency.scan.item
                                                  : Flops{useful} / (rate * efficiency.compute);
  cost.activity.flops[index(shape.compute)] = Flops{useful};
  const double states = (sequences + tokens) * state_values(shape) * bytes_of(shape.state);
  add_scan_memory(cost, machine, efficiency, Bytes{tokens * token_bytes(shape) + states});
  cost.extra = (queries - 1.0) * efficiency.scan.step;
  if (machine.timed_alone) cost.extra += machine.launch * efficiency.scan.host;
  finish(cost, machine, efficiency, shape.compute);
  return cost;
}

}  // namespace infersim
