#include "validation/peak_share.hpp"

#include <algorithm>
#include <cmath>

#include "infersim/phase/lowered_cost.hpp"

namespace infersim {
namespace {

/// Tokens of a step of prompts.
constexpr double step_tokens = 8192;

Seconds least_time(const Machine& machine, const LoweredOp& op, const OpCost& cost) {
  Seconds flops;
  Flops executed;
  for (const NumberType type : all_number_types) {
    const Flops own = cost.activity.flops[index(type)];
    executed += own;
    const FlopRate peak = machine.peak[index(type)];
    if (own > Flops{} && peak > FlopRate{}) flops += own / peak;
  }
  if (executed > Flops{}) flops *= std::min(1.0, cost.useful_flops / executed) * cost.mean_share;
  const bool cached = op.grows_with_context;
  const Seconds bytes = cached ? cost.activity.memory / machine.memory_bandwidth : Seconds{};
  Seconds sent;
  if (cost.activity.scale_up > Bytes{}) sent += cost.activity.scale_up / machine.fabric.scale_up;
  if (cost.activity.scale_out > Bytes{}) sent += cost.activity.scale_out / machine.fabric.scale_out;
  return max(flops, bytes) + sent;
}

/// Of a rank, the mean over stages.
Seconds least_time(const StepTable& table, const StepBatch& batch) {
  Seconds sum;
  for (const Segment& segment : table.segments) {
    for (const LoweredOp& op : segment.ops)
      sum +=
          segment.repeats * least_time(table.machine, op, lowered_cost(table.machine, op, batch));
  }
  return sum / table.plan.pp;
}

}  // namespace

double peak_share(const ServingPoint& point, const ServedPoint& served) {
  if (!served.engine || point.ttft <= Seconds{} || point.tpot <= Seconds{}) return 0.0;
  const AssembledEngine& engine = *served.engine;
  const double isl = point.isl * point.mean_length();
  const double osl = std::max(1.0, point.osl * point.mean_length());
  const double groups = 1.0 * engine.replicas * engine.plan.dp;
  const double sequences = std::max(1.0, served.loop.in_flight / groups);
  const double prompts = std::ceil(step_tokens / isl);
  const Seconds prompt =
      least_time(served.prefill().table(), StepBatch::prefill(prompts, isl)) / prompts;
  const StepBatch batch = StepBatch::decode(sequences, isl + osl / 2.0, 1.0 + engine.plan.mtp);
  const Seconds step = least_time(served.decode().table(), batch);
  const double steps = (osl - 1.0) / engine.tokens_per_step;
  const Seconds took = point.ttft + (osl - 1.0) * point.tpot;
  return (sequences * prompt + steps * step) / took;
}

}  // namespace infersim
