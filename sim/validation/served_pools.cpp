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

/// Whether caches stay within the domain of scale-up links.
bool within_domain(const ServingPoint& point, const MeasuredChip& chip, const PoolPlan& prefill,
                   const PoolPlan& decode) {
  const auto says = [&](std::string_view what) {
    return point.kv_transfer.find(what) != std::string::npos;
  };
  if (says("no MNNVL") || says("over IB")) return false;
  const int ranks =
      prefill.workers * prefill.plan.ranks() + decode.workers * decode.plan.ranks();
  return ranks <= chip.decode.fabric.domain;
}

}  // namespace

ServingPool ServedPool::pool() const {
  const ParallelPlan& plan = model.table().plan;
  return {model, workers, plan.dp, plan.pp, scheduler};
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
    return ServedPool{AnalyticStepModel(lower_for(chip, machine, model, pool.plan, *precision)),
                      pool.workers, scheduler_of(point, chip, model, pool.plan, load)};
  };
  ServedPools served{pool_of(*prefill, chip.prefill), pool_of(*decode, chip.decode), {}, load};

  Scheduler& prompts = served.prefill.scheduler;
  prompts.max_seqs = std::min(prompts.max_seqs, point.prefill->max_batch.value_or(INFINITY));
  Scheduler& answers = served.decode.scheduler;
  answers.max_seqs = std::min(answers.max_seqs, point.decode->max_batch.value_or(INFINITY));
  if (point.decode_slots) {
    answers.max_seqs =
        std::min(answers.max_seqs, *point.decode_slots / served.decode.pool().groups());
  }
  const double tokens = load.traffic.isl + load.traffic.osl;
  const MemoryLedger there = memory_needs(served.prefill.model.table(), model, *precision, 0.0);
  const MemoryLedger memory = memory_needs(served.decode.model.table(), model, *precision, 0.0);
  if (there.weights > there.capacity || memory.weights > memory.capacity) {
    return tl::unexpected(Skip{"the layout as it is labelled does not hold the weights"});
  }
  if (memory.kv_capacity > Bytes{}) {
    const double room = memory.max_sequences(decode->plan, tokens) / decode->plan.dp;
    answers.max_seqs = std::min(answers.max_seqs, std::max(room, 1.0));
  }
  served.transfer = send_cost(chip.decode, memory.sequence_bytes(load.traffic.isl),
                              within_domain(point, chip, *prefill, *decode))
                        .time;
  return served;
}

}  // namespace infersim
