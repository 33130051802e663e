#include "infersim/validation/served_pools.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "infersim/cost/collective.hpp"
#include "infersim/phase/memory.hpp"

namespace infersim {
namespace {

struct PoolPlan {
  ParallelPlan plan;
  int workers = 1;
};

tl::expected<PoolPlan, Skip> pool_plan(const ServingPoint& point, const ServingLayout& layout,
                                       std::string_view what, const MeasuredChip& chip,
                                       const ModelSpec& model) {
  PoolPlan pool;
  pool.workers = static_cast<int>(layout.workers.value_or(1));
  if (pool.workers < 1) return tl::unexpected(Skip{fmt::format("no {} workers", what)});
  auto plan = plan_of(point, layout, chip, model);
  if (!plan) return tl::unexpected(plan.error());
  pool.plan = *plan;
  return pool;
}

/// A step with work in one of its groups: the experts of all have no tokens but its.
StepTable with_lone_group(StepTable table) {
  for (Segment& segment : table.segments) {
    for (LoweredOp& op : segment.ops)
      op.group_factor = 1.0;
  }
  return table;
}

/// The largest 2^k or 3 2^k that is no more than `most`.
double built_batch(double most) {
  const double power = std::exp2(std::floor(std::log2(std::max(most, 1.0))));
  return 1.5 * power <= most && power > 1.0 ? 1.5 * power : power;
}

/// Decode slots of a group as they are set or usual, whatever the memory.
double slots_of(const ServingPoint& point, const MeasuredChip& chip, double groups) {
  if (point.decode_slots) return *point.decode_slots / groups;
  if (point.decode->max_batch) return *point.decode->max_batch;
  if (chip.framework.id == "trtllm" && !point.decode->batch) {
    return built_batch(*point.concurrency / groups);
  }
  return INFINITY;
}

/// Steps until a decode engine of SGLang runs a request whose prompt is done: it asks for a slot,
/// for the cache and for the batch once a step each.
constexpr double sglang_looks = 3;
/// Steps between its looks for new requests in published set-ups on Blackwell.
constexpr double sglang_blackwell_interval = 10;

void set_handover(const MeasuredChip& chip, Scheduler& answers) {
  if (chip.framework.id != "sglang") return;
  answers.lag = sglang_looks;
  if (chip.device.family == "blackwell") answers.recv_interval = sglang_blackwell_interval;
}

/// Whether caches stay within the domain of scale-up links.
bool within_domain(const ServingPoint& point, const MeasuredChip& chip, const PoolPlan& prefill,
                   const PoolPlan& decode) {
  const auto says = [&](std::string_view what) {
    return point.kv_transfer.find(what) != std::string::npos;
  };
  if (says("no MNNVL") || says("over IB")) return false;
  const int ranks = prefill.workers * prefill.plan.ranks() + decode.workers * decode.plan.ranks();
  return ranks <= chip.serving_decode.fabric.domain;
}

}  // namespace

ServingPool ServedPool::pool() const {
  const ParallelPlan& plan = model.table().plan;
  return {model, lone, workers, plan.dp, plan.pp, scheduler};
}

PooledResult ServedPools::run() const {
  return pooled_loop({prefill.pool(), decode.pool(), transfer}, load);
}

tl::expected<ServedPools, Skip> serve_pools(const ServingPoint& point, const MeasuredChip& chip,
                                            const ModelSpec& model) {
  if (!point.concurrency) return tl::unexpected(Skip{"no concurrency"});
  const auto prefill = pool_plan(point, *point.prefill, "prefill", chip, model);
  if (!prefill) return tl::unexpected(prefill.error());
  const auto decode = pool_plan(point, *point.decode, "decode", chip, model);
  if (!decode) return tl::unexpected(decode.error());
  const auto precision = precision_of(point, chip.device, model);
  if (!precision) return tl::unexpected(precision.error());

  ServingLoad load = load_of(point, decode->plan, *point.concurrency);
  load.batch = *point.concurrency;
  const auto pool_of = [&](const PoolPlan& pool, const Machine& machine) {
    StepTable table = lower_for(chip, machine, model, pool.plan, *precision);
    StepTable lone = with_lone_group(table);
    return ServedPool{AnalyticStepModel(std::move(table)), AnalyticStepModel(std::move(lone)),
                      pool.workers, scheduler_of(point, chip, model, pool.plan, load)};
  };
  ServedPools served{
      pool_of(*prefill, chip.serving_prefill), pool_of(*decode, chip.serving_decode), {}, load};

  Scheduler& prompts = served.prefill.scheduler;
  prompts.max_seqs = std::min(prompts.max_seqs, point.prefill->max_batch.value_or(INFINITY));
  Scheduler& answers = served.decode.scheduler;
  answers.max_seqs =
      std::min(answers.max_seqs, slots_of(point, chip, served.decode.pool().groups()));
  set_handover(chip, answers);
  const double tokens = load.traffic.isl + load.traffic.osl;
  const auto ledger_of = [&](const ServedPool& pool) {
    const StepTable& table = pool.model.table();
    MemoryPolicy policy = memory_policy_of(point, chip, model, table.plan, 0.0);
    return memory_ledger(table, model, *precision, policy);
  };
  const auto there = ledger_of(served.prefill);
  const auto memory = ledger_of(served.decode);
  if (!there || !memory) {
    return tl::unexpected(Skip{"the layout as it is labelled does not hold the weights"});
  }
  const double room = memory->max_sequences(decode->plan, tokens) / decode->plan.dp;
  answers.max_seqs = std::min(answers.max_seqs, std::max(room, 1.0));
  served.transfer = send_cost(chip.serving_decode, memory->sequence_bytes(load.traffic.isl),
                              within_domain(point, chip, *prefill, *decode))
                        .time;
  return served;
}

}  // namespace infersim
