#include "infersim/scenario/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "infersim/core/text.hpp"
#include "infersim/scenario/conditions.hpp"
#include "infersim/serving/conditions.hpp"

namespace infersim {
namespace {

/// What a rank adds to its idle power over some time.
struct EnergyOverTime {
  Joules energy;
  Seconds time;
};

/// Of a service, what one request of every slot adds in the time in which as many requests end: in
/// a benchmark the mean over its waves, of which the first is not like those that follow.
EnergyOverTime energy_of(const Scenario& scenario, const Evaluation& e) {
  if (e.service) {
    const Tokens answers{e.service->slots * e.plan.dp * scenario.traffic.osl};
    return {e.service->energy, answers / e.service->run_output_tokens};
  }
  if (e.prefill) return {e.prefill->alone.cost.energy, e.prefill->alone.cost.occupancy};
  return {e.decode->alone.cost.energy, e.decode->alone.cost.time};
}

/// Average power of one device: idle and what the steps add.
Watts board_power(const Scenario& scenario, const Evaluation& e) {
  const auto [energy, time] = energy_of(scenario, e);
  Watts idle = scenario.decode_machine.energy.idle;
  if (scenario.offload && scenario.offload->second_device()) {
    idle += scenario.offload->others.host->energy.idle;
  }
  return e.plan.ranks_per_device * (idle + energy / time);
}

Usage usage_of(const Scenario& scenario, const AssembledEngine& engine, const Evaluation& e) {
  Usage usage;
  usage.devices = e.devices();
  usage.joined = e.plan.devices();
  usage.board_power = e.board_power;
  usage.isl = scenario.traffic.isl;
  usage.osl = scenario.traffic.osl;
  usage.cached = e.cached;
  if (e.service) {
    usage.output_tokens = e.headline.tokens;
    usage.input_tokens = (usage.isl - usage.cached) / usage.osl * usage.output_tokens;
    usage.prefill_share = e.service->prefill_share;
  } else if (e.prefill) {
    usage.input_tokens = e.headline.tokens;
    usage.prefill_share = 1.0;
  } else {
    usage.output_tokens = e.headline.tokens;
  }
  usage.marginal_cached = engine.prefill_profile.marginal_cached / e.groups();
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
  const Bytes needed = used + per_group * memory.pool_bytes(tokens);
  return {fmt::format("{} sequences of {} tokens do not fit: there is room for {}", batch, tokens,
                      engine.max_sequences()),
          needed * engine.plan.ranks_per_device, memory.capacity * engine.plan.ranks_per_device,
          "lower --batch, --isl or --osl, take a narrower --kv-dtype or more --devices"};
}

/// Measured servers were single engines: of replicas each has its part of the batch.
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
  if (scenario.offload && scenario.offload->placement.any()) {
    scope.extrapolations.push_back({"memory", "weights in the device's memory",
                                    scenario.offload->second_device()
                                        ? "weights on two devices"
                                        : "weights on the host or on flash",
                                    "intervals are of the former"});
  }
  if (scenario.question.phase == PhaseChoice::both && !scenario.question.waves && in_flight > 1) {
    scope.extrapolations.push_back({"arrival", "ten waves of requests that start together",
                                    "a steady state",
                                    "the interval of TTFT reaches to what such waves would see"});
  }
  return scope;
}

PhaseFigures prefill_figures(const AssembledEngine& engine, const ServingLoad& load,
                             PhaseChoice phase) {
  PhaseFigures figures;
  // Beside decode no more prompts can be in a step than requests are in flight.
  figures.alone = phase == PhaseChoice::prefill
                      ? engine.prefill_profile.alone
                      : prefill_alone(engine.prefill, load, engine.scheduler.budget,
                                      std::ceil(load.per_group()));
  figures.tokens_per_device = figures.alone.tokens / engine.plan.devices();
  // The first of the equal chunks that a prompt is split into.
  const double computed = load.new_tokens();
  const double chunk = computed / std::ceil(computed / engine.scheduler.budget - 1e-9);
  figures.steps = explain_step(engine.prefill.table(), StepBatch::prefill(1.0, chunk, load.past()));
  return figures;
}

DecodeFigures decode_figures(const Scenario& scenario, const AssembledEngine& engine,
                             const PhaseResult& alone) {
  DecodeFigures figures;
  figures.alone = alone;
  figures.tokens_per_device = alone.tokens / engine.plan.devices();
  figures.steps = explain_step(engine.decode.table(),
                               StepBatch::decode(alone.sequences / engine.plan.pp,
                                                 scenario.decode_context, 1.0 + engine.plan.mtp));
  const Machine& machine = scenario.decode_machine;
  const FlopRate peak = machine.peak[index(scenario.precision.compute)];
  figures.mfu = useful_flops(figures.steps) / (alone.step * peak).base();
  figures.mbu = alone.cost.activity.memory / (alone.step * machine.memory_bandwidth);
  return figures;
}

/// At the use that one user makes of it where it is his alone, else at that of the site.
Bill bill_of(const Scenario& scenario, const Usage& usage) {
  Site site = scenario.site;
  if (scenario.of_one_user()) {
    site.utilisation = utilisation_of(usage, *scenario.question.requests_per_day);
  }
  if (site.utilisation <= 1.0) {
    return make_bill(scenario.device, scenario.system, site, usage, scenario.price_basis);
  }
  Bill unpriced;
  unpriced.energy = energy_bill(scenario.device, scenario.system, site, usage);
  unpriced.no_price_reason =
      fmt::format("{} requests a day take {:.0f}% of its time", *scenario.question.requests_per_day,
                  100.0 * site.utilisation);
  return unpriced;
}

/// An answer that breaks a condition is none.
Infeasible no_answer(const std::vector<std::string>& broken) {
  Infeasible refusal;
  refusal.reason = join(broken, "; ");
  refusal.hint =
      "that cannot be, so no figure of this answer is to be used: ask for another --batch, --osl "
      "or plan (--tp, --pp, --dp), and report the question as a fault of infersim";
  refusal.no_answer = true;
  return refusal;
}

}  // namespace

Headline headline(const Scenario& scenario, const ServingResult& result) {
  switch (scenario.question.phase) {
    case PhaseChoice::prefill: return {result.prefill.step, std::nullopt, result.prefill.tokens};
    case PhaseChoice::decode: return {std::nullopt, result.decode.tpot, result.decode.tokens};
    case PhaseChoice::both: break;
  }
  Headline figures{result.ttft, std::nullopt, result.run_output_tokens};
  if (scenario.traffic.osl > 1) figures.tpot = result.tpot;
  return figures;
}

std::vector<std::string> missed_objectives(const Scenario& scenario, const Headline& headline,
                                           const Margins& margins) {
  const auto& [ttft, tpot, tokens] = headline;
  std::vector<std::string> missed;
  const auto hold = [&](const char* what, Seconds time, double margin, Seconds limit, int digits) {
    if (margin * time <= limit) return;
    const std::string at =
        margin > 1.0 ? fmt::format(" ({:.{}f} ms at confidence {})", margin * time / millisecond,
                                   digits, *scenario.question.confidence)
                     : std::string{};
    missed.push_back(fmt::format("{} {:.{}f} ms{} exceeds {:.{}f} ms", what, time / millisecond,
                                 digits, at, limit / millisecond, digits));
  };
  if (ttft) hold("TTFT", *ttft, margins.ttft, scenario.slo.ttft, 0);
  if (tpot) hold("TPOT", *tpot, margins.tpot, scenario.slo.tpot, 1);
  return missed;
}

double Evaluation::queued() const {
  return service ? std::max(batch - service->slots * groups(), 0.0) : 0.0;
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
  const PhaseChoice phase = workload.phase;
  if (phase != PhaseChoice::both && batch > e.max_sequences) {
    return tl::unexpected(too_many_sequences(workload, *engine, batch));
  }
  const ClosedLoop loop = scenario.loop(batch);
  const ServingLoad load = load_of(workload, *engine, loop);
  const ServingResult served = serve(workload, *engine, loop);
  e.cached = load.past();
  if (phase != PhaseChoice::decode) e.prefill = prefill_figures(*engine, load, phase);
  if (phase != PhaseChoice::prefill) e.decode = decode_figures(scenario, *engine, served.decode);
  if (phase == PhaseChoice::both) e.service = served;
  e.headline = headline(scenario, served);
  e.tokens_per_device = e.headline.tokens / plan.devices();
  e.headline.tokens *= replicas;
  e.board_power = board_power(scenario, e);
  const double running = std::min(load.per_group(), std::max(engine->scheduler.max_seqs, 1.0));
  e.prompt_memory_share =
      std::min(1.0, running * (e.memory.sequence_bytes(workload.traffic.isl) / e.memory.capacity));
  e.bill = bill_of(scenario, usage_of(scenario, *engine, e));
  const double arrival = e.service ? arrival_ratio(workload, *engine, loop, *e.service) : 1.0;
  e.accuracy =
      accuracy_of(scenario.framework, scope_of(scenario, *engine, batch / replicas), arrival);
  e.missed =
      missed_objectives(scenario, e.headline, margins_of(e.accuracy, scenario.question.confidence));
  if (const auto& ttft = e.headline.ttft) {
    e.ttft_chance = chance_of(e.accuracy, Metric::ttft, *ttft, scenario.slo.ttft);
  }
  if (const auto& tpot = e.headline.tpot) {
    e.tpot_chance = chance_of(e.accuracy, Metric::tpot, *tpot, scenario.slo.tpot);
  }
  std::vector<std::string> broken = broken_conditions(scenario, e);
  if (e.service) {
    const ServingEngine parts{engine->prefill, engine->decode, engine->prefill_profile};
    for (std::string& each : broken_conditions(parts, load, engine->scheduler, *e.service))
      broken.push_back(std::move(each));
  }
  if (!broken.empty()) return tl::unexpected(no_answer(broken));
  return e;
}

}  // namespace infersim
