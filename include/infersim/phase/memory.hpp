#pragma once

#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/phase/step_table.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// What the fullest rank holds, and what is left for KV cache.
struct MemoryLedger {
  Bytes weights;
  Bytes activations;  ///< live tensors of the largest step
  Bytes reserve;      ///< operating system, context, communication buffers, what engines leave free
  Bytes capacity;
  Bytes kv_capacity;   ///< capacity less the three above
  Bytes kv_per_token;  ///< of a further token on this rank: its layers, its heads, none windowed
  Bytes state;         ///< of a sequence from its first token on: recurrent layers
  /// Layers that keep the last tokens alone.
  struct Window {
    double span = 0;  ///< tokens
    Bytes per_token;  ///< until the span is full
  };
  std::vector<Window> windows;

  /// What one sequence of `tokens` tokens takes of this rank.
  [[nodiscard]] Bytes sequence_bytes(double tokens) const;
  /// Sequences of `tokens` tokens that the whole system holds.
  [[nodiscard]] double max_sequences(const ParallelPlan& plan, double tokens) const;
};

/// The ledger of a lowered plan; Infeasible if weights, activations and reserve do not fit.
/// `step_tokens` is the largest number of tokens in one step of a rank.
///
///     weights     = the busiest stage's operators, with the larger of embedding and head (both if
///                   there is one stage)
///     activations = step_tokens (4 hidden + widest operator) 2 bytes: the residual stream, its
///                   norm, and input and output of the widest operator, alive together
///     reserve     = what the system keeps + fixed_reserve + memory_reserve x rest
///     rest        = capacity - weights - activations - what the system keeps - fixed_reserve
///
/// Engines size the cache after the model is loaded, by a share of what is left (TensorRT-LLM's
/// free_gpu_memory_fraction, 0.9), or by a share of all memory that is raised where the model would
/// not fit (vLLM, SGLang): weights alone may take 94 % of a chip (DeepSeek-R1 in FP8 on 4 B200).
Feasible<MemoryLedger> memory_ledger(const StepTable& table, const ModelSpec& model,
                                     const PrecisionPlan& precision, double step_tokens);

}  // namespace infersim
