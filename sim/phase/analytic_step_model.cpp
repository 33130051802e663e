#include "infersim/phase/analytic_step_model.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "infersim/phase/graph_order.hpp"
#include "infersim/phase/layer_schedule.hpp"
#include "infersim/phase/lowered_cost.hpp"
#include "infersim/phase/placed_cost.hpp"
#include "infersim/phase/placed_table.hpp"

namespace infersim {
namespace {

/// The batch that a segment sees: drafts are made for one token of each decoding sequence; prompts
/// pass through a draft model as through the first.
StepBatch batch_for(const Segment& segment, const StepBatch& batch) {
  if (segment.kind == SegmentKind::draft_prompts) {
    StepBatch prompts = batch;
    prompts.decode_sequences = prompts.context_sum = 0;
    return prompts;
  }
  if (segment.kind != SegmentKind::drafts) return batch;
  StepBatch draft;
  draft.decode_sequences = batch.decode_sequences;
  draft.context_sum = batch.context_sum;
  return draft;
}

/// One of `microbatches` equal parts.
StepBatch part_of(StepBatch batch, int microbatches) {
  const double share = 1.0 / microbatches;
  batch.decode_sequences *= share;
  batch.context_sum *= share;
  batch.prefill_sequences *= share;
  batch.prefill_tokens *= share;
  batch.prefill_past *= share;
  batch.prefill_pairs *= share;
  return batch;
}

/// Kernels that relay tokens between domains occupy units of the rank while they run.
bool relays(const OpCost& cost) { return cost.algorithm == relayed_exchange; }

bool has_layers(const Segment& segment) {
  return segment.kind != SegmentKind::input && segment.kind != SegmentKind::output;
}

/// What passes however many cores an operator has.
Seconds wait_of(const OpCost& cost) { return min(cost.time, cost.latency + cost.link); }

/// Micro-batches overlap in the layers, where `relaying` leaves them fewer units to compute on; the
/// ends of the model run one after the other.
Seconds period_of(const StepTable& table, const Segment& segment, std::span<const Seconds> times,
                  std::span<const Seconds> waits, bool relaying) {
  const int parts = table.plan.microbatches;
  if (parts == 1) return segment_period(segment, times, 1);
  if (!has_layers(segment)) return parts * segment_period(segment, times, 1);
  if (!relaying) {
    const Seconds turns = segment_period(segment, times, parts);
    const bool divides = table.machine.efficiency.runtime.divides_cores;
    return divides ? min(turns, divided_period(segment, times, waits)) : turns;
  }
  std::array<Seconds, max_segment_ops> stretched{};
  const double share = table.machine.efficiency.links.overlapped_compute;
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    stretched[i] = segment.ops[i].communicates ? times[i] : times[i] / share;
  }
  return segment_period(segment, stretched, parts);
}

/// A step as long as the power limit makes it: t >= E_dynamic / (limit - active), where active is
/// that of lower clocks if the case is the limit.
Seconds throttled(const EnergyRates& rates, Seconds time, Joules dynamic) {
  const Watts headroom = rates.limit - rates.slowed();
  return headroom > Watts{} ? max(time, dynamic / headroom) : time;
}

/// What the host needs to launch so many layers of a step, or to replay them.
Seconds launch_floor(const StepTable& table, const StepBatch& batch, double layers) {
  const HostOverhead& host = table.host;
  const bool launched =
      batch.prefill_tokens > 0.0 && batch.tokens() * table.plan.microbatches > host.graph_tokens;
  const Seconds layer = launched ? max(host.per_layer_launch, host.per_layer_replay)
                        : batch.decode_sequences > 0 || batch.prefill_tokens > 0.0
                            ? host.per_layer_replay
                            : Seconds{};
  return layers * table.plan.microbatches * layer;
}

/// Host time of a step; `batch` is one micro-batch of it.
Seconds host_time(const StepTable& table, const StepBatch& batch) {
  const double sequences = batch.decode_sequences + batch.prefill_sequences;
  return table.host.of(sequences * table.plan.microbatches);
}

/// Layers' time and activity put together to a step.
class StepSum {
 public:
  explicit StepSum(const StepTable& table) : table_(table) {}

  void add(const Segment& segment, Seconds period, const Activity& activity,
           const HostWork& hosted) {
    host_activity_ += hosted.activity * (segment.repeats * table_.plan.microbatches);
    host_time_ += segment.repeats * table_.plan.microbatches * hosted.time;
    if (has_layers(segment)) {
      layers_ += segment.repeats;
      busiest_layers_ += std::min(segment.busiest_repeats, segment.repeats);
    }
    time_ += segment.repeats * period;
    busiest_ += std::min(segment.busiest_repeats, segment.repeats) * period;
    activity_ += activity * (segment.repeats * table_.plan.microbatches);
  }

  [[nodiscard]] StepCost cost(const StepBatch& batch) const {
    const Machine& machine = table_.machine;
    const int stages = table_.plan.pp;
    StepCost cost;
    cost.activity = activity_ * (1.0 / stages);
    const Joules dynamic = dynamic_energy(machine.energy, cost.activity);
    Seconds handover;
    if (stages > 1) {
      const double tokens = batch.tokens() * table_.plan.microbatches / table_.plan.tp;
      const bool inside = table_.plan.ranks() <= machine.fabric.domain;
      handover = send_cost(machine, tokens * table_.stage_message_per_token, inside).time;
    }
    const Seconds host = host_time(table_, batch);
    const Seconds busiest = stages > 1 ? busiest_ : time_;
    const double busiest_layers = stages > 1 ? busiest_layers_ : layers_;
    cost.occupancy = max(throttled(machine.energy, busiest + handover + host, dynamic),
                         launch_floor(table_, batch, busiest_layers));
    cost.time = max(throttled(machine.energy, time_ + (stages - 1.0) * handover + host,
                              dynamic * stages),  // each stage in its turn
                    max(cost.occupancy, launch_floor(table_, batch, layers_)));
    const EnergyRates& rates = machine.energy;
    const Seconds busy = cost.occupancy - min(host_time_, cost.occupancy);
    cost.energy = dynamic + (rates.active - rates.idle) * busy;
    // Lower clocks draw less: no more than the case sheds.
    if (rates.clocks < 1.0)
      cost.energy = min(cost.energy, (rates.limit - rates.idle) * cost.occupancy);
    if (host_time_ > Seconds{}) cost.energy += host_energy();
    return cost;
  }

 private:
  /// Of the host's processor, above its idle power.
  [[nodiscard]] Joules host_energy() const {
    const EnergyRates& rates = table_.placed->host->machine.energy;
    const Joules energy =
        dynamic_energy(rates, host_activity_) + (rates.active - rates.idle) * host_time_;
    return min(energy, (rates.limit - rates.idle) * host_time_);
  }

  const StepTable& table_;
  Seconds time_;
  Seconds busiest_;
  double layers_ = 0.0;
  double busiest_layers_ = 0.0;
  Activity activity_;
  Activity host_activity_;
  Seconds host_time_;
};

/// What one layer takes at least, however many streams it had.
Seconds longest_chain(const Segment& segment, std::span<const Seconds> times) {
  OpGraph graph;
  graph.ops.resize(segment.ops.size());
  for (std::size_t to = 0; to < segment.ops.size(); ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      if ((segment.ops[to].waits_for >> from & 1U) != 0) graph.edges.push_back({from, to});
    }
  }
  return critical_path(graph, {times.begin(), times.begin() + segment.ops.size()});
}

}  // namespace

LoweredBatch::LoweredBatch(const StepTable& table)
    : table_(&table), segments_(table.segments.size()) {}

void LoweredBatch::lower(const StepBatch& batch) {
  batch_ = part_of(batch, table_->plan.microbatches);
  evaluate(false);
}

StepCost LoweredBatch::at_context(double context_sum) {
  batch_.context_sum = context_sum / table_->plan.microbatches;
  evaluate(true);
  return cost();
}

/// Which way is the faster may change with the context: all operators are looked at again.
void LoweredBatch::evaluate_placed(const Segment& segment, SegmentTimes& result) const {
  const PlacedCosts placed = placed_costs(*table_, segment, batch_for(segment, batch_));
  result = {};
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    const OpCost& cost = placed.costs[i];
    result.times[i] = cost.time;
    result.waits[i] = wait_of(cost);
    if (placed.on_host(segment.ops[i])) {
      result.hosted.activity.add(cost.activity, 1.0, cost.mean_share);
      result.hosted.time += cost.time;
    } else {
      result.growing.add(cost.activity, 1.0, cost.mean_share);
    }
  }
  result.period = period_of(*table_, segment, result.times, result.waits, false);
}

void LoweredBatch::evaluate(bool only_growing) {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const Segment& segment = table_->segments[s];
    SegmentTimes& result = segments_[s];
    if (segment.placed) {
      evaluate_placed(segment, result);
      continue;
    }
    const StepBatch batch = batch_for(segment, batch_);
    if (!only_growing) {
      result.fixed = {};
      result.relaying = false;
    }
    result.growing = {};
    bool changed = !only_growing;
    for (std::size_t i = 0; i < segment.ops.size(); ++i) {
      const LoweredOp& op = segment.ops[i];
      if (only_growing && !op.grows_with_context) continue;
      changed = true;
      if (op.twin_segment >= 0) {
        const SegmentTimes& twin = segments_[static_cast<std::size_t>(op.twin_segment)];
        result.times[i] = twin.times[op.twin_op];
        result.waits[i] = twin.waits[op.twin_op];
        continue;
      }
      const OpCost cost = lowered_cost(table_->machine, op, batch);
      result.times[i] = cost.time;
      result.waits[i] = wait_of(cost);
      if (!only_growing) result.relaying = result.relaying || relays(cost);
      Activity& sum = op.grows_with_context ? result.growing : result.fixed;
      sum.add(cost.activity, op.executions, cost.mean_share);
    }
    if (changed)
      result.period = period_of(*table_, segment, result.times, result.waits, result.relaying);
  }
}

StepCost LoweredBatch::cost() const {
  StepSum sum(*table_);
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const Segment& segment = table_->segments[s];
    Activity activity = segments_[s].fixed;
    activity += segments_[s].growing;
    sum.add(segment, segments_[s].period, activity, segments_[s].hosted);
  }
  return sum.cost(batch_);
}

StepCost AnalyticStepModel::step(const StepBatch& batch) const {
  LoweredBatch lowered(table_);
  lowered.lower(batch);
  return lowered.cost();
}

StepBreakdown explain_step(const StepTable& table, const StepBatch& whole) {
  const StepBatch part = part_of(whole, table.plan.microbatches);
  StepBreakdown breakdown;
  breakdown.host = host_time(table, part);
  if (table.placed) breakdown.host_table = table.placed->host;
  LoweredBatch lowered(table);
  lowered.lower(whole);
  breakdown.cost = lowered.cost();

  Seconds explained = breakdown.host;
  double layers = 0.0;
  std::array<Seconds, bound_count> by_bound{};
  by_bound[static_cast<std::size_t>(Bound::latency)] = breakdown.host;
  for (const Segment& segment : table.segments) {
    const StepBatch batch = batch_for(segment, part);
    if (has_layers(segment)) layers += segment.repeats;
    std::vector<OpCost> costs;
    std::array<Seconds, max_segment_ops> times{};
    std::array<Seconds, max_segment_ops> waits{};
    bool relaying = false;
    std::optional<PlacedCosts> placed;
    if (segment.placed) placed = placed_costs(table, segment, batch);
    for (std::size_t i = 0; i < segment.ops.size(); ++i) {
      costs.push_back(placed ? placed->costs[i]
                             : lowered_cost(table.machine, segment.ops[i], batch));
      times[i] = costs.back().time;
      waits[i] = wait_of(costs.back());
      relaying = relaying || relays(costs.back());
    }
    const Seconds period = period_of(table, segment, times, waits, relaying);
    breakdown.layers.push_back(
        {segment.name, segment.repeats, period, longest_chain(segment, times)});
    auto exposed = exposed_times(segment, times);
    const Seconds alone = std::accumulate(exposed.begin(), exposed.end(), Seconds{});
    // Two micro-batches share the period in the proportion in which one alone spends it.
    const double stretch = alone > Seconds{} ? period / alone : 0.0;
    for (std::size_t i = 0; i < segment.ops.size(); ++i) {
      if (costs[i].time <= Seconds{}) continue;
      OpShare share;
      share.op = segment.name + ": " + segment.ops[i].name;
      share.op_class = segment.ops[i].op_class;
      share.repeats = segment.repeats * table.plan.microbatches;
      share.cost = costs[i];
      share.exposed = segment.repeats * stretch * exposed[i];
      if (placed) {
        share.place = segment.ops[i].place;
        share.on_host = placed->on_host(segment.ops[i]);
      }
      explained += share.exposed;
      by_bound[static_cast<std::size_t>(costs[i].bound)] += share.exposed;
      breakdown.ops.push_back(std::move(share));
    }
  }
  breakdown.other = max(breakdown.cost.time - explained, Seconds{});
  if (breakdown.other > Seconds{} && launch_floor(table, whole, layers) >= breakdown.cost.time) {
    breakdown.host += breakdown.other;
    by_bound[static_cast<std::size_t>(Bound::latency)] += breakdown.other;
    breakdown.other = {};
    breakdown.bound = Bound::latency;  // whatever else were faster, the step would not be
    return breakdown;
  }
  const auto longest = std::max_element(by_bound.begin(), by_bound.end());
  breakdown.bound = static_cast<Bound>(longest - by_bound.begin());
  return breakdown;
}

}  // namespace infersim
