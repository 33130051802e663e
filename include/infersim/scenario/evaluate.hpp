#pragma once

#include <string>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/economics/bill.hpp"
#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/phase/memory.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/scenario/accuracy.hpp"
#include "infersim/scenario/assemble.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/scenario/scope.hpp"
#include "infersim/serving/closed_loop.hpp"

namespace infersim {

/// The figures that objectives are tested on and plans are ranked by: those of the mixed service,
/// or of the phase that was asked for alone.
struct Headline {
  Seconds ttft;
  Seconds tpot;
  TokenRate tokens;  ///< whole system: output tokens, or prompt tokens of prefill alone
};

Headline headline(const Scenario& scenario, const ServingResult& result);

/// What an objective misses, in words with numbers; empty if all are met.
std::vector<std::string> missed_objectives(const Scenario& scenario, const ServingResult& result);

/// The complete answer for one plan, replicas of it and a batch.
struct Evaluation {
  ParallelPlan plan;         ///< of one engine
  int replicas = 1;          ///< of that engine
  double batch = 1;          ///< requests in flight, all replicas
  double max_sequences = 0;  ///< that memory holds at once, all replicas
  MemoryLedger memory;
  ServingResult serving;           ///< of one engine
  StepBreakdown prefill_steps;     ///< of the bare prefill of one request
  StepBreakdown decode_steps;      ///< at the decode context
  Watts board_power;               ///< one device, mixed service (or the phase asked for)
  double mfu = 0;                  ///< decode: useful flops over dense peak of the linear type
  double mbu = 0;                  ///< decode: bytes moved over main-memory bandwidth
  double prompt_memory_share = 0;  ///< of memory, held by the KV cache of prompts in flight
  Bill bill;
  Accuracy accuracy;  ///< on what the figures rest, and how far they may be off
  std::vector<std::string> missed;
  [[nodiscard]] bool objectives_met() const { return missed.empty(); }
  [[nodiscard]] int devices() const { return replicas * plan.devices(); }
  /// Output tokens (for `--phase prefill`, prompt tokens) per second and device.
  TokenRate tokens_per_device;
};

/// The flow of the design as one function: descriptions to step costs to serving to the bill. With
/// both phases, requests beyond what runs at once queue. Infeasible if the plan cannot run, or a
/// phase alone at that batch does not fit.
Feasible<Evaluation> evaluate(const Scenario& scenario, const ParallelPlan& plan, double batch,
                              int replicas = 1);

}  // namespace infersim
