#include "infersim/scenario/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace infersim {
namespace {

/// Average power of one device above nothing: idle and what the steps add.
Watts board_power(const Scenario& scenario, const ParallelPlan& plan, const ServingResult& result) {
  Joules energy = result.energy;
  Seconds time = result.cycle;
  if (scenario.question.phase == PhaseChoice::prefill) {
    energy = result.prefill.cost.energy;
    time = result.prefill.cost.occupancy;
  } else if (scenario.question.phase == PhaseChoice::decode) {
    energy = result.decode.cost.energy;
    time = result.decode.cost.time;
  }
  return plan.ranks_per_device * (scenario.decode_machine.energy.idle + energy / time);
}

Usage usage_of(const Scenario& scenario, const Evaluation& e) {
  const ServingResult& serving = e.serving;
  Usage usage;
  usage.devices = e.devices();
  usage.board_power = e.board_power;
  usage.isl = scenario.traffic.isl;
  usage.osl = scenario.traffic.osl;
  switch (scenario.question.phase) {
    case PhaseChoice::both:
      usage.input_tokens = e.replicas * serving.input_tokens;
      usage.output_tokens = e.replicas * serving.output_tokens;
      usage.prefill_share = serving.prefill_share;
      break;
    case PhaseChoice::prefill:
      usage.input_tokens = e.replicas * serving.prefill.tokens;
      usage.prefill_share = 1.0;
      break;
    case PhaseChoice::decode: usage.output_tokens = e.replicas * serving.decode.tokens; break;
  }
  usage.marginal_cached = serving.marginal_cached / (e.plan.dp * e.replicas);
  usage.prompt_memory_share = e.prompt_memory_share;
  return usage;
}

double useful_flops(const StepBreakdown& breakdown) {
  double sum = 0.0;
  for (const OpShare& op : breakdown.ops) {
    sum += op.repeats * op.cost.mean_share * op.cost.useful_flops.base();
  }
  return sum;
}

Infeasible too_many_sequences(const Workload& workload, const AssembledEngine& engine,
                              double batch) {
  const double tokens = workload.sequence_tokens();
  const MemoryLedger& memory = engine.memory;
  const Bytes used = memory.capacity - memory.kv_capacity;
  const double per_group = std::ceil(batch / engine.replicas / engine.plan.dp);
  const Bytes needed = used + per_group * memory.sequence_bytes(tokens);
  return {fmt::format("{} sequences of {} tokens do not fit: there is room for {}", batch, tokens,
                      engine.max_sequences()),
          needed * engine.plan.ranks_per_device, memory.capacity * engine.plan.ranks_per_device,
          "lower --batch, --isl or --osl, take a narrower --kv-dtype or more --devices"};
}

Scope scope_of(const Scenario& scenario, const AssembledEngine& engine, double in_flight) {
  Scope scope = scope_of(subject_of(scenario, engine, in_flight));
  if (scenario.question.phase != PhaseChoice::both) {
    scope.extrapolations.push_back(
        {"service", "prefill and decode together", "one phase alone", "measured servers do both"});
  }
  if (engine.plan.mtp > 0) {
    scope.extrapolations.push_back({"service", "one token a step",
                                    fmt::format("{} drafts a step", engine.plan.mtp),
                                    "intervals are of servers without drafts"});
  }
  if (scenario.question.phase == PhaseChoice::both && !scenario.question.waves && in_flight > 1) {
    scope.extrapolations.push_back({"arrival", "ten waves of requests that start together",
                                    "a steady state",
                                    "the interval of TTFT reaches to what such waves would see"});
  }
  return scope;
}

}  // namespace

Headline headline(const Scenario& scenario, const ServingResult& result) {
  switch (scenario.question.phase) {
    case PhaseChoice::prefill: return {result.prefill.step, result.tpot, result.prefill.tokens};
    case PhaseChoice::decode: return {result.ttft, result.decode.tpot, result.decode.tokens};
    case PhaseChoice::both: break;
  }
  return {result.ttft, result.tpot, result.output_tokens};
}

std::vector<std::string> missed_objectives(const Scenario& scenario, const ServingResult& result) {
  const PhaseChoice phase = scenario.question.phase;
  const auto [ttft, tpot, tokens] = headline(scenario, result);
  std::vector<std::string> missed;
  if (phase != PhaseChoice::decode && ttft > scenario.slo.ttft) {
    missed.push_back(fmt::format("TTFT {:.0f} ms exceeds {:.0f} ms", ttft / millisecond,
                                 scenario.slo.ttft / millisecond));
  }
  if (phase != PhaseChoice::prefill && tpot > scenario.slo.tpot) {
    missed.push_back(fmt::format("TPOT {:.1f} ms exceeds {:.1f} ms", tpot / millisecond,
                                 scenario.slo.tpot / millisecond));
  }
  return missed;
}

Feasible<Evaluation> evaluate(const Scenario& scenario, const ParallelPlan& plan, double batch,
                              int replicas) {
  const Workload workload = scenario.workload();
  const auto engine = assemble(workload, scenario.pool(plan, replicas));
  if (!engine) return tl::unexpected(engine.error());
  Evaluation e;
  e.plan = plan;
  e.replicas = replicas;
  e.batch = batch;
  e.memory = engine->memory;
  e.max_sequences = engine->max_sequences();
  if (workload.phase != PhaseChoice::both && batch > e.max_sequences) {
    return tl::unexpected(too_many_sequences(workload, *engine, batch));
  }
  e.serving = serve(workload, *engine, scenario.loop(batch));
  e.missed = missed_objectives(scenario, e.serving);
  e.tokens_per_device = headline(scenario, e.serving).tokens / plan.devices();
  e.board_power = board_power(scenario, plan, e.serving);

  const double b = e.serving.decode.sequences;
  // The first of the equal chunks that a prompt is split into.
  const double isl = scenario.traffic.isl;
  const double chunk = isl / std::ceil(isl / engine->scheduler.budget - 1e-9);
  e.prefill_steps = explain_step(engine->prefill.table(), StepBatch::prefill(1.0, chunk));
  e.decode_steps =
      explain_step(engine->decode.table(),
                   StepBatch::decode(b / plan.pp, scenario.decode_context, 1.0 + plan.mtp));
  const Machine& machine = scenario.decode_machine;
  const FlopRate peak = machine.peak[index(scenario.precision.compute)];
  const Seconds step = e.serving.decode.step;
  e.mfu = useful_flops(e.decode_steps) / (step * peak).base();
  e.mbu = e.serving.decode.cost.activity.memory / (step * machine.memory_bandwidth);
  e.prompt_memory_share =
      std::min(1.0, b * (e.memory.sequence_bytes(scenario.traffic.isl) / e.memory.capacity));
  e.bill = make_bill(scenario.device, scenario.system, scenario.site, usage_of(scenario, e));
  const ClosedLoop loop = scenario.loop(batch);
  const double arrival = workload.phase == PhaseChoice::both
                             ? arrival_ratio(workload, *engine, loop, e.serving)
                             : 1.0;
  e.accuracy =
      accuracy_of(scenario.framework, scope_of(scenario, *engine, batch / replicas), arrival);
  return e;
}

}  // namespace infersim
