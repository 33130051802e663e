#include "infersim/scenario/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace infersim {
namespace {

/// Tokens of the largest step of a service that only decodes: its batch, with room to spare.
constexpr double decode_only_step_tokens = 1024;

/// Whether prompts and tokens are computed by the same units: their machines are then equal.
bool one_engine(const Device& device) {
  return &device.prefill_engine() == &device.decode_engine();
}

/// The step table of a plan on one of the engines, with the framework's host.
StepTable lowered(const Scenario& scenario, const Machine& machine, const ParallelPlan& plan) {
  StepTable table = lower(scenario.model, machine, plan, scenario.precision);
  table.host = scenario.framework.host(table.host.step);
  return table;
}

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
  usage.devices = e.plan.devices();
  usage.board_power = e.board_power;
  usage.isl = scenario.traffic.isl;
  usage.osl = scenario.traffic.osl;
  switch (scenario.question.phase) {
    case PhaseChoice::both:
      usage.input_tokens = serving.input_tokens;
      usage.output_tokens = serving.output_tokens;
      usage.prefill_share = serving.prefill_share;
      break;
    case PhaseChoice::prefill:
      usage.input_tokens = serving.prefill.tokens;
      usage.prefill_share = 1.0;
      break;
    case PhaseChoice::decode: usage.output_tokens = serving.decode.tokens; break;
  }
  usage.marginal_cached = serving.marginal_cached / e.plan.dp;
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

Infeasible too_many_sequences(const Scenario& scenario, const PreparedPlan& prepared,
                              double batch) {
  const double tokens = sequence_tokens(scenario);
  const MemoryLedger& memory = prepared.memory;
  const Bytes used = memory.capacity - memory.kv_capacity;
  const double per_group = std::ceil(batch / prepared.plan.dp);
  const Bytes needed = used + per_group * memory.sequence_bytes(tokens);
  return {fmt::format("{} sequences of {} tokens do not fit: there is room for {}", batch, tokens,
                      memory.max_sequences(prepared.plan, tokens)),
          needed * prepared.plan.ranks_per_device, memory.capacity * prepared.plan.ranks_per_device,
          "lower --batch, --isl or --osl, take a narrower --kv-dtype or more --devices"};
}

/// Advice that a single device can follow.
Infeasible advised(const Scenario& scenario, Infeasible refusal) {
  if (refusal.hint.find("--memory-share") != std::string::npos) return refusal;
  if (scenario.system.devices_per_node == 1 && scenario.system.max_nodes == 1) {
    refusal.hint = fmt::format(
        "{} is a single device: take a smaller model, a narrower --dtype or "
        "--kv-dtype, or shorter --isl and --osl",
        scenario.system.name);
  }
  return refusal;
}

Scope scope_of(const Scenario& scenario, const PreparedPlan& prepared, double batch) {
  Scope scope = scope_of(
      ScopeSubject{.device = scenario.device,
                   .efficiency = scenario.decode_machine.efficiency,
                   .framework = scenario.framework,
                   .precision = scenario.precision,
                   .model = scenario.model.id,
                   .kernels = kernels_in_use(prepared.prefill.table(), prepared.decode.table()),
                   .isl = scenario.traffic.isl,
                   .osl = scenario.traffic.osl,
                   .batch = batch,
                   .ranks = prepared.plan.ranks(),
                   .devices = prepared.plan.devices()});
  if (scenario.question.phase != PhaseChoice::both) {
    scope.extrapolations.push_back(
        {"service", "prefill and decode together", "one phase alone", "measured servers do both"});
  }
  if (prepared.plan.mtp > 0) {
    scope.extrapolations.push_back({"service", "one token a step",
                                    fmt::format("{} drafts a step", prepared.plan.mtp),
                                    "intervals are of servers without drafts"});
  }
  return scope;
}

}  // namespace

ServingSituation situation_of(const Scenario& scenario, const ParallelPlan& plan) {
  ServingSituation situation;
  situation.family = scenario.device.family;
  situation.model = scenario.model.id;
  situation.attention_dp = plan.dp > 1 && experts_of(scenario.model) != nullptr;
  situation.tp = plan.device_tp();
  situation.isl = scenario.traffic.isl;
  situation.osl = scenario.traffic.osl;
  return situation;
}

MemorySituation memory_situation_of(const Scenario& scenario, const ParallelPlan& plan) {
  MemorySituation situation;
  situation.family = scenario.device.family;
  situation.model = scenario.model.id;
  situation.tp = plan.tp;
  situation.ranks = plan.ranks();
  situation.capacity = scenario.decode_machine.memory_capacity;
  return situation;
}

Scheduler scheduler_of(const Scenario& scenario, const ParallelPlan& plan) {
  const Question& q = scenario.question;
  const double by_class = scenario.prefill_machine.efficiency.runtime.prefill_tokens;
  Scheduler scheduler = scenario.framework.scheduler(situation_of(scenario, plan), by_class);
  if (!one_engine(scenario.device)) scheduler.mixed = false;
  if (q.phase == PhaseChoice::prefill && q.batch) {
    scheduler.budget = std::max(1.0, *q.batch / plan.dp) * scenario.traffic.isl;
  }
  scheduler.make_room(scenario.traffic.isl);
  return scheduler;
}

ServingLoad load_of(const Scenario& scenario, const ParallelPlan& plan, double batch) {
  ServingLoad load;
  load.traffic = scenario.traffic;
  load.batch = batch;
  load.dp = plan.dp;
  load.pp = plan.pp;
  load.tokens_per_step = plan.tokens_per_step();
  load.queries_per_sequence = 1.0 + plan.mtp;
  load.decode_context = scenario.decode_context;
  return load;
}

double sequence_tokens(const Scenario& scenario) {
  switch (scenario.question.phase) {
    case PhaseChoice::prefill: return scenario.traffic.isl;
    case PhaseChoice::decode:
      // Sequences are in all stages of their answer at once, so together they hold the mean.
      return scenario.decode_context;
    case PhaseChoice::both: break;
  }
  return std::max(scenario.traffic.isl + scenario.traffic.osl, scenario.decode_context);
}

Feasible<PreparedPlan> prepare(const Scenario& scenario, const ParallelPlan& plan) {
  if (auto ok = check_plan(scenario.model, plan); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_reach(scenario.model, plan, scenario.decode_machine.fabric); !ok) {
    return tl::unexpected(ok.error());
  }
  const Scheduler scheduler = scheduler_of(scenario, plan);
  StepTable decode = lowered(scenario, scenario.decode_machine, plan);
  const double step_tokens =
      scenario.question.phase == PhaseChoice::decode ? decode_only_step_tokens : scheduler.budget;
  const MemoryPolicy policy =
      scenario.framework.memory_policy(memory_situation_of(scenario, plan), step_tokens);
  auto memory = memory_ledger(decode, scenario.model, scenario.precision, policy,
                              sequence_tokens(scenario));
  if (!memory) return tl::unexpected(advised(scenario, memory.error()));
  // Lowering is most of what a plan costs that is not looked at further.
  AnalyticStepModel prefill(
      one_engine(scenario.device) ? decode : lowered(scenario, scenario.prefill_machine, plan));
  PrefillProfile profile =
      profile_prefill(prefill, load_of(scenario, plan, plan.dp), scheduler.budget);
  return PreparedPlan{
      plan, *memory, std::move(prefill), AnalyticStepModel(std::move(decode)), scheduler, profile,
  };
}

ServingResult serve(const PreparedPlan& prepared, const ServingLoad& load, Scheduler scheduler,
                    double sequence_tokens) {
  const double held = prepared.memory.max_sequences(prepared.plan, sequence_tokens);
  scheduler.max_seqs = std::min(scheduler.max_seqs, held / prepared.plan.dp);
  return closed_loop({prepared.prefill, prepared.decode, prepared.prefill_profile}, load,
                     scheduler);
}

ServingResult serve(const Scenario& scenario, const PreparedPlan& prepared, double batch) {
  return serve(prepared, load_of(scenario, prepared.plan, batch), prepared.scheduler,
               sequence_tokens(scenario));
}

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

Feasible<Evaluation> evaluate(const Scenario& scenario, const ParallelPlan& plan, double batch) {
  const auto prepared = prepare(scenario, plan);
  if (!prepared) return tl::unexpected(prepared.error());
  Evaluation e;
  e.plan = plan;
  e.batch = batch;
  e.memory = prepared->memory;
  e.max_sequences = e.memory.max_sequences(plan, sequence_tokens(scenario));
  if (batch > e.max_sequences) {
    return tl::unexpected(too_many_sequences(scenario, *prepared, batch));
  }
  e.serving = serve(scenario, *prepared, batch);
  e.missed = missed_objectives(scenario, e.serving);
  e.tokens_per_device = headline(scenario, e.serving).tokens / plan.devices();
  e.board_power = board_power(scenario, plan, e.serving);

  const double b = e.serving.decode.sequences;
  // The first of the equal chunks that a prompt is split into.
  const double isl = scenario.traffic.isl;
  const double chunk = isl / std::ceil(isl / prepared->scheduler.budget - 1e-9);
  e.prefill_steps = explain_step(prepared->prefill.table(), StepBatch::prefill(1.0, chunk));
  e.decode_steps =
      explain_step(prepared->decode.table(),
                   StepBatch::decode(b / plan.pp, scenario.decode_context, 1.0 + plan.mtp));
  const Machine& machine = scenario.decode_machine;
  const FlopRate peak = machine.peak[index(scenario.precision.compute)];
  const Seconds step = e.serving.decode.step;
  e.mfu = useful_flops(e.decode_steps) / (step * peak).base();
  e.mbu = e.serving.decode.cost.activity.memory / (step * machine.memory_bandwidth);
  e.prompt_memory_share =
      std::min(1.0, b * (e.memory.sequence_bytes(scenario.traffic.isl) / e.memory.capacity));
  e.bill = make_bill(scenario.device, scenario.system, scenario.site, usage_of(scenario, e));
  e.scope = scope_of(scenario, *prepared, batch);
  return e;
}

}  // namespace infersim
