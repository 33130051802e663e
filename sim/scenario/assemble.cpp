#include "infersim/scenario/assemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "infersim/scenario/offload.hpp"

namespace infersim {
namespace {

/// Tokens of the largest step of a service that only decodes: its batch, with room to spare.
constexpr double decode_only_step_tokens = 1024;

/// Whether prompts and tokens are computed by the same units: their machines are then equal.
bool one_engine(const Device& device) {
  return &device.prefill_engine() == &device.decode_engine();
}

Feasible<void> check(const Workload& workload, const Pool& pool) {
  if (auto ok = check_plan(workload.model, pool.plan); !ok) return ok;
  if (workload.draft != nullptr) {
    if (auto ok = check_plan(workload.draft->model, draft_plan(pool.plan)); !ok) return ok;
  }
  return check_reach(workload.model, pool.plan, pool.decode_machine.fabric);
}

/// The step table of a pool's plan on one of the device's engines, with the framework's host.
StepTable lowered(const Workload& workload, const Pool& pool, const Machine& machine) {
  StepTable table = lower(workload.model, machine, pool.plan, pool.precision);
  if (pool.offload != nullptr && pool.offload->placement.any()) {
    const auto& host = pool.offload->host;
    place(table, workload.model, pool.precision, pool.offload->placement, pool.offload->others,
          host ? &host->decode_engine() : nullptr);
  }
  table.host = pool.framework.host(table.host.step);
  if (workload.draft != nullptr) add_draft_model(table, *workload.draft);
  return table;
}

ServingSituation situation_of(const Workload& workload, const Pool& pool, ServingRole role) {
  ServingSituation situation;
  situation.family = pool.device.family;
  situation.model = workload.model.id;
  situation.attention_dp = pool.plan.dp > 1 && experts_of(workload.model) != nullptr;
  situation.tp = pool.plan.device_tp();
  situation.isl = workload.nominal.isl;
  situation.osl = workload.nominal.osl;
  situation.benchmark = workload.benchmark;
  situation.role = role;
  return situation;
}

double tokens_per_step(const Pool& pool) {
  return pool.settings.tokens_per_step.value_or(pool.plan.tokens_per_step());
}

/// Advice that a single device can follow.
Infeasible advised(const Pool& pool, Infeasible refusal) {
  if (refusal.hint.find("--memory-share") != std::string::npos) return refusal;
  if (pool.offload != nullptr && pool.offload->placement.any()) return refusal;
  if (pool.system.devices_per_node == 1 && pool.system.max_nodes == 1) {
    refusal.hint = fmt::format(
        "{} is a single device: take a smaller model, a narrower --dtype or "
        "--kv-dtype, or shorter --isl and --osl",
        pool.system.name);
  }
  return refusal;
}

/// A step with work in one of its groups: the experts of all have no tokens but its.
StepTable with_lone_group(StepTable table) {
  for (Segment& segment : table.segments) {
    for (LoweredOp& op : segment.ops)
      op.group_factor = 1.0;
  }
  return table;
}

/// What a loop asks of engines, whatever they are.
ServingLoad load_of(const Workload& workload, const ClosedLoop& loop) {
  ServingLoad load;
  load.traffic = workload.traffic;
  load.osl_width = load.isl_width = loop.lengths.width();
  load.cached = workload.cached;
  load.waves = loop.waves;
  load.batch = loop.in_flight;
  load.decode_context = workload.decode_context;
  return load;
}

AssembledPool pool_of(const Workload& workload, const Pool& pool, const Machine& machine,
                      ServingRole role) {
  StepTable table = lowered(workload, pool, machine);
  StepTable lone = with_lone_group(table);
  return {AnalyticStepModel(std::move(table)), AnalyticStepModel(std::move(lone)), pool.replicas,
          scheduler_of(workload, pool, role)};
}

}  // namespace

double Workload::sequence_tokens() const {
  switch (phase) {
    case PhaseChoice::prefill: return traffic.isl;
    case PhaseChoice::decode:
      // Sequences are in all stages of their answer at once, so together they hold the mean.
      return decode_context;
    case PhaseChoice::both: break;
  }
  return std::max(traffic.isl + traffic.osl, decode_context);
}

ServingPool AssembledPool::pool() const {
  const ParallelPlan& plan = model.table().plan;
  return {model, lone, workers, plan.dp, plan.pp, scheduler};
}

Scheduler scheduler_of(const Workload& workload, const Pool& pool, ServingRole role) {
  const double by_class = pool.decode_machine.efficiency.runtime.prefill_tokens;
  Scheduler scheduler = pool.framework.scheduler(situation_of(workload, pool, role), by_class);
  pool.settings.scheduler.apply(scheduler);
  if (!one_engine(pool.device)) scheduler.mixed = false;
  scheduler.make_room(workload.traffic.isl);
  return scheduler;
}

MemoryPolicy memory_policy_of(const Workload& workload, const Pool& pool, double step_tokens) {
  MemorySituation situation;
  situation.family = pool.device.family;
  situation.model = workload.model.id;
  situation.version = pool.settings.version;
  situation.benchmark = workload.benchmark;
  situation.tp = pool.plan.tp;
  situation.ranks = pool.plan.ranks();
  situation.capacity = pool.decode_machine.memory_capacity;
  MemoryPolicy policy = pool.framework.memory_policy(situation, step_tokens);
  const SchedulerSettings& set = pool.settings.scheduler;
  if (policy.trial) {
    policy.trial->tokens = set.budget.value_or(policy.trial->tokens);
    policy.trial->sequences = set.max_seqs.value_or(policy.trial->sequences);
  }
  if (pool.settings.memory_share) policy.share = pool.settings.memory_share;
  policy.raised = pool.settings.started && !pool.settings.memory_share;
  return policy;
}

Feasible<AssembledEngine> assemble(const Workload& workload, const Pool& pool) {
  if (auto ok = check(workload, pool); !ok) return tl::unexpected(ok.error());
  Scheduler scheduler = scheduler_of(workload, pool, ServingRole::engine);
  StepTable decode = lowered(workload, pool, pool.decode_machine);
  const double step_tokens =
      workload.phase == PhaseChoice::decode ? decode_only_step_tokens : scheduler.budget;
  const double tokens = workload.sequence_tokens();
  auto memory = memory_ledger(decode, workload.model, pool.precision,
                              memory_policy_of(workload, pool, step_tokens), tokens);
  double sequences = std::numeric_limits<double>::infinity();
  if (memory) {
    sequences = std::max(memory->max_sequences(pool.plan, tokens), 1.0 * pool.plan.dp);
  } else if (!pool.settings.started) {
    return tl::unexpected(advised(pool, memory.error()));
  }
  scheduler.max_seqs = std::min(scheduler.max_seqs, sequences / pool.plan.dp);
  // Lowering is most of what a plan costs that is not looked at further.
  AnalyticStepModel prefill(
      one_engine(pool.device) ? decode : lowered(workload, pool, pool.prefill_machine));
  AssembledEngine engine{pool.plan,
                         pool.replicas,
                         memory.value_or(MemoryLedger{}),
                         sequences,
                         std::move(prefill),
                         AnalyticStepModel(std::move(decode)),
                         scheduler,
                         {},
                         tokens_per_step(pool)};
  ClosedLoop one;
  one.in_flight = 1.0 * pool.plan.dp * pool.replicas;
  engine.prefill_profile =
      profile_prefill(engine.prefill, load_of(workload, engine, one), scheduler.budget,
                      std::ceil(workload.prompts / pool.replicas / pool.plan.dp));
  return engine;
}

Feasible<AssembledPools> assemble_pools(const Workload& workload, const Deployment& deployment) {
  const Pool& prefill = *deployment.prefill;
  const Pool& decode = deployment.pool;
  for (const Pool* pool : {&prefill, &decode}) {
    if (auto ok = check(workload, *pool); !ok) return tl::unexpected(ok.error());
  }
  AssembledPools pools{
      pool_of(workload, prefill, prefill.prefill_machine, ServingRole::prefill_pool),
      pool_of(workload, decode, decode.decode_machine, ServingRole::decode_pool),
      {},
      tokens_per_step(decode)};
  const auto ledger_of = [&](const AssembledPool& assembled, const Pool& pool) {
    return memory_ledger(assembled.model.table(), workload.model, pool.precision,
                         memory_policy_of(workload, pool, 0.0));
  };
  const auto there = ledger_of(pools.prefill, prefill);
  const auto memory = ledger_of(pools.decode, decode);
  for (const auto* ledger : {&there, &memory}) {
    if (!*ledger) return tl::unexpected(ledger->error());
  }
  const double room =
      memory->max_sequences(decode.plan, workload.sequence_tokens()) / decode.plan.dp;
  Scheduler& answers = pools.decode.scheduler;
  answers.max_seqs = std::min(answers.max_seqs, std::max(room, 1.0));
  const Machine& machine = decode.decode_machine;
  const int ranks = prefill.replicas * prefill.plan.ranks() + decode.replicas * decode.plan.ranks();
  const bool inside = deployment.handover_inside.value_or(true) && ranks <= machine.fabric.domain;
  pools.transfer = send_cost(machine, memory->sequence_bytes(workload.traffic.isl), inside).time;
  return pools;
}

ServingLoad load_of(const Workload& workload, const AssembledEngine& engine,
                    const ClosedLoop& loop) {
  ServingLoad load = load_of(workload, loop);
  load.batch = std::max(loop.in_flight / engine.replicas, 1.0 * engine.plan.dp);
  load.dp = engine.plan.dp;
  load.pp = engine.plan.pp;
  load.tokens_per_step = engine.tokens_per_step;
  load.queries_per_sequence = 1.0 + engine.plan.mtp;
  return load;
}

ServingLoad load_of(const Workload& workload, const AssembledPools& pools, const ClosedLoop& loop) {
  ServingLoad load = load_of(workload, loop);
  load.tokens_per_step = pools.tokens_per_step;
  load.queries_per_sequence = 1.0 + pools.decode.model.table().plan.mtp;
  return load;
}

ServingResult serve(const Workload& workload, const AssembledEngine& engine, const ClosedLoop& loop,
                    Effort effort) {
  const ServingLoad load = load_of(workload, engine, loop);
  if (workload.phase == PhaseChoice::both) {
    return closed_loop({engine.prefill, engine.decode, engine.prefill_profile}, load,
                       engine.scheduler, effort);
  }
  ServingResult result;
  if (workload.phase == PhaseChoice::prefill) result.prefill = engine.prefill_profile.alone;
  if (workload.phase == PhaseChoice::decode) {
    const double running = std::min(load.per_group(), std::max(engine.scheduler.max_seqs, 1.0));
    result.decode = decode_alone(engine.decode, load, running);
  }
  return result;
}

PooledResult serve(const Workload& workload, const AssembledPools& pools, const ClosedLoop& loop) {
  return pooled_loop(pools.service(), load_of(workload, pools, loop));
}

}  // namespace infersim
