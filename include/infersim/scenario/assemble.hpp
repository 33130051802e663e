#pragma once

#include <optional>

#include "infersim/core/infeasible.hpp"
#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/phase/memory.hpp"
#include "infersim/scenario/deployment.hpp"
#include "infersim/serving/closed_loop.hpp"
#include "infersim/serving/pools.hpp"

namespace infersim {

/// One engine of a pool, lowered: everything about it that no batch changes.
struct AssembledEngine {
  ParallelPlan plan;
  int replicas = 1;
  MemoryLedger memory;   ///< of the machine that decodes
  double sequences = 0;  ///< that an engine's memory holds at once, each with all of its tokens
  AnalyticStepModel prefill;
  AnalyticStepModel decode;
  Scheduler scheduler;  ///< of one group; `max_seqs` is what memory holds, if that is less
  PrefillProfile prefill_profile;
  double tokens_per_step = 1;  ///< that a decode step yields of a sequence

  /// The same of all replicas.
  [[nodiscard]] double max_sequences() const { return replicas * sequences; }
};

/// The engines of one of two pools.
struct AssembledPool {
  AnalyticStepModel model;
  AnalyticStepModel lone;  ///< one of the groups has work
  int workers = 1;
  Scheduler scheduler;

  [[nodiscard]] ServingPool pool() const;
};

/// Pools of prefill and decode.
struct AssembledPools {
  AssembledPool prefill;
  AssembledPool decode;
  Seconds transfer;  ///< of the cache of one prompt, from a rank to a rank
  double tokens_per_step = 1;

  [[nodiscard]] PooledService service() const { return {prefill.pool(), decode.pool(), transfer}; }
};

/// The scheduler of a pool's engines: what the framework says of such a service, and over it what
/// was set. Its budget is what either says, else what the chip's class does. Where another engine
/// of the device runs prefill than decode, prompts cannot join decode steps.
Scheduler scheduler_of(const Workload& workload, const Pool& pool, ServingRole role);

/// How the framework divides the memory of a rank, and what was set of that. Where it has no trial
/// step, steps are as large as `step_tokens`.
MemoryPolicy memory_policy_of(const Workload& workload, const Pool& pool, double step_tokens);

/// Checks a plan, lowers it, limits it to its memory and sets its scheduler: the only place that
/// does. Infeasible where ranks cannot reach each other or memory does not hold the model and one
/// sequence of each group.
Feasible<AssembledEngine> assemble(const Workload& workload, const Pool& pool);

/// The same of a deployment in pools. The cache of a prompt, as much as one decode rank keeps of
/// it, goes over the links of the scale-up domain or from NIC to NIC.
Feasible<AssembledPools> assemble_pools(const Workload& workload, const Deployment& deployment);

/// What one engine, or both pools together, have to do of a closed loop.
ServingLoad load_of(const Workload& workload, const AssembledEngine& engine,
                    const ClosedLoop& loop);
ServingLoad load_of(const Workload& workload, const AssembledPools& pools, const ClosedLoop& loop);

/// What an engine of the pool serves: the closed loop; of a phase alone that phase and nothing
/// else.
ServingResult serve(const Workload& workload, const AssembledEngine& engine, const ClosedLoop& loop,
                    Effort effort = Effort::answer);
/// What both pools serve together.
PooledResult serve(const Workload& workload, const AssembledPools& pools, const ClosedLoop& loop);

}  // namespace infersim
