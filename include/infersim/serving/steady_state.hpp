#pragma once

#include "infersim/phase/parallel_plan.hpp"
#include "infersim/phase/step_model.hpp"
#include "infersim/workload/traffic.hpp"

namespace infersim {

/// What steady-state serving needs to know of a plan and its batch.
struct ServingLoad {
  Traffic traffic;
  double batch = 1;  ///< sequences in flight in the whole system
  int dp = 1;        ///< data-parallel groups, each with batch / dp of them
  int pp = 1;
  double tokens_per_step = 1;  ///< tokens a decode step yields per sequence
  double queries_per_sequence = 1;
  double decode_context = 0;  ///< mean context of decode steps; 0: isl + osl/2
  double step_tokens = 8192;  ///< new tokens that one prefill step may take
};

/// One phase on its own.
struct PhaseResult {
  Seconds step;          ///< prefill: bare prefill of one request; decode: a step
  Seconds tpot;          ///< decode: step / tokens per step
  TokenRate tokens;      ///< of the whole system: prompt tokens or output tokens
  StepCost cost;         ///< of the step
  double sequences = 1;  ///< per data-parallel group in that step
};

/// A closed loop of `batch` sequences in steady state.
struct ServingResult {
  PhaseResult prefill;      ///< alone on these devices, steps as full as they may be
  PhaseResult decode;       ///< alone on these devices, at decode_context
  Seconds ttft;             ///< mixed: wait for the running step and own prefill
  Seconds tpot;             ///< mixed: with the prefills that interrupt
  TokenRate output_tokens;  ///< mixed, whole system
  TokenRate input_tokens;
  double prefill_share = 0;  ///< of time
  Seconds cycle;             ///< from one request of a slot to the next
  Seconds prefill_time;      ///< of one request's prefill, one per group at a time
  Seconds marginal_cached;   ///< per cached prompt token: what attending to it adds to a prefill
  Joules energy;             ///< above idle, of one rank, over one cycle
};

/// What a plan's prefills take, whatever the batch.
struct PrefillProfile {
  PhaseResult alone;        ///< prefill on its own
  Seconds latency;          ///< of one prompt, until its last token is through
  Seconds occupancy;        ///< of the busiest stage by one prompt
  Joules energy;            ///< above idle, of one rank, for one prompt
  Seconds marginal_cached;  ///< what one cached prompt token adds
};

/// Prefills of prompts of traffic.isl tokens, in chunks of at most `step_tokens`; a group runs one
/// prompt at a time in the mixed service.
PrefillProfile profile_prefill(const StepModel& model, const ServingLoad& load);

/// Closed loop: every slot of a group's b = batch/dp goes round prefill and decode; prefills of a
/// group run alone, one prompt at a time, all groups in step. With s = (osl - 1)/tokens_per_step
/// decode steps of t_d and prefills of t_p (t_p/pp if stages overlap):
///
///     cycle = s t_d + b t_p        output = batch osl / cycle
///     tpot  = (s t_d + (b - 1) t_p) / (osl - 1)
///     ttft  = t_p + [share_p t_p + (1 - share_p) t_d] / 2,   share_p = b t_p / cycle
///
/// The wait is the mean rest of the step that runs when a request arrives. No queue: a request
/// comes when a slot is free. Decode steps are evaluated at the mean context. Holds for: equal
/// lengths, prompts not mixed into decode steps, balanced groups.
ServingResult steady_state(const PrefillProfile& prefill, const StepModel& decode,
                           const ServingLoad& load);

/// Decode alone at the mean context.
PhaseResult decode_alone(const StepModel& model, const ServingLoad& load);

}  // namespace infersim
