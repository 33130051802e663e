#pragma once

#include <string>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/economics/bill.hpp"
#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/phase/memory.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/scenario/scope.hpp"
#include "infersim/serving/closed_loop.hpp"

namespace infersim {

/// A plan with its tables lowered: everything about it that no batch changes.
struct PreparedPlan {
  ParallelPlan plan;
  MemoryLedger memory;  ///< of the machine that decodes
  AnalyticStepModel prefill;
  AnalyticStepModel decode;
  Scheduler scheduler;
  PrefillProfile prefill_profile;
};

/// Checks a plan, its memory and lowers it.
Feasible<PreparedPlan> prepare(const Scenario& scenario, const ParallelPlan& plan);

/// What a framework's settings may depend on, as the scenario has it.
ServingSituation situation_of(const Scenario& scenario, const ParallelPlan& plan);

/// What a framework's division of memory may depend on, as the scenario has it.
MemorySituation memory_situation_of(const Scenario& scenario, const ParallelPlan& plan);

/// The scheduler of a plan's groups: the framework's. Its budget is what that says, else what the
/// chip's class does, or the pinned prefill batch. Where another engine runs prefill than decode
/// prompts cannot join decode steps.
Scheduler scheduler_of(const Scenario& scenario, const ParallelPlan& plan);

/// The steady load of a plan: what the question asks for, `batch` requests in flight.
ServingLoad load_of(const Scenario& scenario, const ParallelPlan& plan, double batch);

/// Tokens for which each sequence in flight needs room: prompt and answer, or what the phase asked
/// for holds.
double sequence_tokens(const Scenario& scenario);

/// A prepared plan under any load and scheduler, without money. Of the requests in flight as many
/// run as the scheduler lets and as the memory holds, each with room for `sequence_tokens`.
ServingResult serve(const PreparedPlan& prepared, const ServingLoad& load, Scheduler scheduler,
                    double sequence_tokens);

/// The same as the scenario has it, at a batch of the whole system.
ServingResult serve(const Scenario& scenario, const PreparedPlan& prepared, double batch);

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

/// The complete answer for one plan and batch.
struct Evaluation {
  ParallelPlan plan;
  double batch = 1;
  double max_sequences = 0;
  MemoryLedger memory;
  ServingResult serving;
  StepBreakdown prefill_steps;     ///< of the bare prefill of one request
  StepBreakdown decode_steps;      ///< at the decode context
  Watts board_power;               ///< one device, mixed service (or the phase asked for)
  double mfu = 0;                  ///< decode: useful flops over dense peak of the linear type
  double mbu = 0;                  ///< decode: bytes moved over main-memory bandwidth
  double prompt_memory_share = 0;  ///< of memory, held by the KV cache of prompts in flight
  Bill bill;
  Scope scope;  ///< on what the figures rest, and what was extrapolated
  std::vector<std::string> missed;
  [[nodiscard]] bool objectives_met() const { return missed.empty(); }
  /// Output tokens (for `--phase prefill`, prompt tokens) per second and device.
  TokenRate tokens_per_device;
};

/// The flow of the design as one function: descriptions to step costs to serving to the bill.
/// Infeasible if the plan cannot run or the batch does not fit.
Feasible<Evaluation> evaluate(const Scenario& scenario, const ParallelPlan& plan, double batch);

}  // namespace infersim
