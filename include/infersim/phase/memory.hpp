#pragma once

#include <optional>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/phase/memory_policy.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/phase/step_table.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// What the fullest rank holds, and what is left for KV cache. Weights, activations, reserve and
/// kv_capacity add up to capacity.
struct MemoryLedger {
  Bytes weights;
  Bytes activations;  ///< live tensors of the largest step
  Bytes reserve;      ///< operating system, context, communication buffers, what engines leave free
  Bytes capacity;
  Bytes kv_capacity;  ///< the pool of the KV cache
  double share = 1;   ///< by which the engine sized it
  Bytes shared;       ///< by how much the pool grows with that share
  double most_share = most_memory_share;
  Bytes kv_per_token;     ///< of a further token on this rank: its layers, its heads, none windowed
  Bytes state;            ///< of a sequence from its first token on: recurrent layers
  double state_pool = 0;  ///< as of MemoryPolicy
  double state_slots = 1;  ///< likewise
  /// Layers that keep the last tokens alone.
  struct Window {
    double span = 0;  ///< tokens
    Bytes per_token;  ///< until the span is full
  };
  std::vector<Window> windows;
  Place place = Place::device;
  /// The same of other memories that hold weights: they have no activations, their reserve is what
  /// the system keeps. How large a flash is is not asked: its capacity is what lies there.
  std::vector<MemoryLedger> elsewhere;

  /// What one sequence of `tokens` tokens takes of this rank.
  [[nodiscard]] Bytes sequence_bytes(double tokens) const;
  /// By how much the pool must be larger for one sequence more. Where states have a part p of it of
  /// their own, the larger of what its tokens take of 1 - p and its states of p.
  [[nodiscard]] Bytes pool_bytes(double tokens) const;
  /// Sequences of `tokens` tokens that the whole system holds.
  [[nodiscard]] double max_sequences(const ParallelPlan& plan, double tokens) const;
  /// The least share, in hundredths, at which the pool holds so many bytes; none if no share does.
  [[nodiscard]] std::optional<double> share_for(Bytes pool) const;
};

/// The ledger of a lowered plan; Infeasible if weights, activations and reserve leave the pool
/// nothing, or less than one sequence of `sequence_tokens` tokens takes.
///
///     weights = the busiest stage's operators, with the larger of embedding and head (both if
///               there is one stage)
///     memory  = capacity - what the system keeps - driver
///     context = context + links (more than one rank) + graphs
///     pool    = share (memory - weights - activations - context)          rest
///             = share memory - weights - activations - context            all
///             = share (memory - context) - weights                        fixed
///     share   = as set, else 1 - memory_reserve (rest), 1 - spare/capacity (fixed)
///     reserve = capacity - weights - activations - pool
///
/// Activations are those of the trial step (phase/trial_step.hpp), without one
/// step_tokens (4 hidden + widest operator) 2 bytes: the residual stream, its norm, and input and
/// output of the widest operator, alive together. In a `fixed` pool they take no more than the
/// share leaves. `states` sequences' recurrent states are taken from the pool before its first
/// token. Where `policy.raised` is set a share that holds no sequence gives way to the most.
///
/// Source: vllm/v1/worker/gpu_worker.py (determine_available_memory), sglang/srt/model_executor
/// (profile_max_num_token), tensorrt_llm/_torch/pyexecutor/_util.py (_cal_max_memory). Holds for:
/// a server alone on its device. Fails for: vision encoders, LoRA adapters, draft models of their
/// own. Checked in: tests/scenario/kv_pools.test.cpp, against start-up logs.
Feasible<MemoryLedger> memory_ledger(const StepTable& table, const ModelSpec& model,
                                     const PrecisionPlan& precision, const MemoryPolicy& policy,
                                     double sequence_tokens = 0);

}  // namespace infersim
