#pragma once

#include <string>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/economics/bill.hpp"
#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/phase/memory.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/serving/steady_state.hpp"

namespace infersim {

/// A plan with its tables lowered: everything about it that no batch changes.
struct PreparedPlan {
  ParallelPlan plan;
  MemoryLedger memory;  ///< of the machine that decodes
  AnalyticStepModel prefill;
  AnalyticStepModel decode;
  PrefillProfile prefill_profile;
};

/// Checks a plan, its memory and lowers it.
Feasible<PreparedPlan> prepare(const Scenario& scenario, const ParallelPlan& plan);

/// New tokens that one prefill step takes: the runtime's budget, or the pinned prefill batch.
double prefill_step_tokens(const Scenario& scenario, const ParallelPlan& plan);

/// Tokens for which each sequence in flight needs room: prompt and answer, or what the phase asked
/// for holds.
double sequence_tokens(const Scenario& scenario);

/// Serving of a prepared plan at a batch of the whole system, without money.
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
  std::vector<std::string> missed;
  [[nodiscard]] bool objectives_met() const { return missed.empty(); }
  /// Output tokens (for `--phase prefill`, prompt tokens) per second and device.
  TokenRate tokens_per_device;
};

/// The flow of the design as one function: descriptions to step costs to serving to the bill.
/// Infeasible if the plan cannot run or the batch does not fit.
Feasible<Evaluation> evaluate(const Scenario& scenario, const ParallelPlan& plan, double batch);

}  // namespace infersim
