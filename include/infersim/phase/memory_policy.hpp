#pragma once

#include <optional>

#include "infersim/core/quantity.hpp"

namespace infersim {

/// Of what an engine's share is, which sizes the pool of its KV cache.
///   rest    what weights, trial step and context leave (TensorRT-LLM's free_gpu_memory_fraction;
///           a share of 1: engines that give the cache what it asks for)
///   all     all memory, less weights, trial step and context (vLLM's gpu_memory_utilization)
///   fixed   all memory, less weights alone: steps live in what the share leaves (SGLang's
///           mem_fraction_static)
enum class PoolShare { rest, all, fixed };

/// The step that an engine runs at its start to see what steps take: its largest.
struct TrialStep {
  double tokens = 0;         ///< new tokens
  double sequences = 0;      ///< of which it samples one token each
  double logit_copies = 0;   ///< logits in FP32 that sampling holds at once, in copies of them
  double expert_tokens = 0;  ///< that a layer's experts take at once; 0: all
};

/// How the serving software divides a rank's memory.
struct MemoryPolicy {
  PoolShare pool = PoolShare::rest;
  std::optional<double>
      share;    ///< empty: 1 less the class's memory_reserve, or what `spare` leaves
  Bytes spare;  ///< of all memory, that a `fixed` pool leaves to steps by default
  /// Empty: nobody runs one, and steps are as large as `step_tokens`.
  std::optional<TrialStep> trial;
  double step_tokens = 0;
  Bytes driver;                  ///< that no program sees
  std::optional<Bytes> context;  ///< of the program; empty: the class's fixed_reserve
  Bytes links;                   ///< buffers of collectives, where there is more than one rank
  Bytes graphs;                  ///< captured kernels, where they count against the pool
  double states = 0;             ///< sequences whose recurrent states are set aside at the start
  /// Of the pool, what recurrent states alone may take, and how many each sequence that runs holds
  /// there: its own, and those of prefixes and of steps in work. 0: states and tokens share the
  /// pool.
  double state_pool = 0;
  double state_slots = 1;
  bool raised = false;  ///< where the share holds nothing, the most that can be asked for
};

/// The most that servers can be asked to take: their own context is in memory before they look.
inline constexpr double most_memory_share = 0.99;

}  // namespace infersim
