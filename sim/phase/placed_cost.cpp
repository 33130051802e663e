#include "infersim/phase/placed_cost.hpp"

#include "infersim/phase/layer_schedule.hpp"
#include "infersim/phase/lowered_cost.hpp"
#include "infersim/phase/placed_table.hpp"

namespace infersim {
namespace {

/// Weights that an execution reads: of experts those that have a token.
Bytes weights_read(const LoweredOp& op, const OpCost& cost) {
  if (op.kind == OpKind::gemm || op.kind == OpKind::batched_gemm) {
    return op.gemm.n * op.gemm.k * op.gemm.count *
           stored_size(op.gemm.weights, op.gemm.weight_bits);
  }
  if (op.kind == OpKind::experts) {
    return cost.active_experts * weights_of(op.experts, op.part) *
           stored_size(op.experts.weights, op.experts.weight_bits);
  }
  return {};
}

/// Caches and states lie where their layer does.
bool reads_cache(const LoweredOp& op) {
  switch (op.kind) {
    case OpKind::attention_prefill:
    case OpKind::attention_decode:
    case OpKind::index_prefill:
    case OpKind::index_decode:
    case OpKind::scan_prefill:
    case OpKind::scan_decode:
    case OpKind::conv_prefill:
    case OpKind::conv_decode: return true;
    case OpKind::gemm:
    case OpKind::batched_gemm:
    case OpKind::experts:
    case OpKind::elementwise:
    case OpKind::embedding:
    case OpKind::reduce:
    case OpKind::dispatch:
    case OpKind::combine: break;
  }
  return false;
}

/// A copy that nothing overlaps.
void add_copy(OpCost& cost, Seconds time) {
  cost.link += time;
  if (time > cost.time) cost.bound = Bound::link;
  cost.time += time;
}

OpCost cost_of(const StepTable& table, const LoweredOp& op, const StepBatch& batch, bool streamed) {
  const bool hosted = op.on_host != nullptr && !streamed;
  const PlacedTable& placed = *table.placed;
  OpCost cost = hosted ? lowered_cost(placed.host->machine, *op.on_host, batch)
                       : lowered_cost(table.machine, op, batch);
  if (cost.time <= Seconds{}) return cost;
  const Bytes weights = weights_read(op, cost);
  if (op.on_host != nullptr && streamed) {
    const Bytes cache = reads_cache(op) ? cost.activity.memory : Bytes{};
    add_copy(cost, (weights + cache) / placed.link);
  }
  // Tokens of experts stay where they are if the experts come to them.
  const bool passes = hosted || op.kind != OpKind::experts;
  if (op.handed_over > Bytes{} && passes) {
    add_copy(cost, placed.latency + rows_of(op, batch) * op.handed_over / placed.link);
  }
  if (op.place != Place::flash) return cost;
  const Seconds read = weights / placed.flash;
  if (read > cost.time) {
    cost.link += read - cost.time;
    cost.time = read;
    cost.bound = Bound::link;
  }
  return cost;
}

}  // namespace

PlacedCosts placed_costs(const StepTable& table, const Segment& segment, const StepBatch& batch) {
  PlacedCosts hosted;
  PlacedCosts streamed;
  streamed.streamed = true;
  const bool streams = table.placed->host != nullptr && !table.placed->second_device;
  std::array<Seconds, max_segment_ops> hosted_times{};
  std::array<Seconds, max_segment_ops> streamed_times{};
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    hosted.costs[i] = cost_of(table, segment.ops[i], batch, false);
    hosted_times[i] = hosted.costs[i].time;
    if (!streams) continue;
    streamed.costs[i] = cost_of(table, segment.ops[i], batch, true);
    streamed_times[i] = streamed.costs[i].time;
  }
  if (!streams) return hosted;
  const bool faster =
      segment_period(segment, streamed_times, 1) < segment_period(segment, hosted_times, 1);
  return faster ? streamed : hosted;
}

}  // namespace infersim
