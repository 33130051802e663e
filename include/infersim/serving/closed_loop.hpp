#pragma once

#include "infersim/phase/step_model.hpp"
#include "infersim/serving/load.hpp"
#include "infersim/serving/phases.hpp"
#include "infersim/serving/scheduler.hpp"

namespace infersim {

/// Means of what a request waits for before its first token, once the service runs steadily.
struct FirstTokenTerms {
  Seconds queue;    ///< for a slot, if more requests are in flight than run at once
  Seconds running;  ///< front end and the step that runs when it comes
  Seconds lag;      ///< of overlapped scheduling
  Seconds look;     ///< until the scheduler looks for new requests, or has gathered enough
  Seconds excess;   ///< full prefill steps of prompts before it
  Seconds own;      ///< the step, or steps, of its own prompt

  [[nodiscard]] Seconds sum() const { return queue + running + lag + look + excess + own; }
};

/// A closed loop of `batch` requests: as one ends, another comes.
struct ServingResult {
  PhaseResult prefill;       ///< alone on these devices, steps as full as they may be
  PhaseResult decode;        ///< alone on these devices, at the decode context
  Seconds ttft;              ///< mean over requests
  Seconds ttft_median;       ///< median over requests
  Seconds ttft_steady;       ///< mean of the waves after the first
  Seconds ttft_first;        ///< mean of the first wave; 0 if waves are without end
  FirstTokenTerms terms;     ///< of ttft_steady
  Seconds tpot;              ///< with the prefills that interrupt or join the decode steps
  TokenRate output_tokens;   ///< whole system: batch osl / (ttft + (osl - 1) tpot)
  TokenRate input_tokens;    ///< whole system
  double slots = 0;          ///< of a group: requests that run at once
  double running = 0;        ///< of a group: requests that decode, on average
  Seconds decode_step;       ///< of that many, no prompt among them
  Seconds delay;             ///< by which one prompt delays its group's decodes
  double prompts = 0;        ///< in a step that has any, on average
  double own_prompts = 0;    ///< in the step of a given prompt, itself counted
  double prefill_share = 0;  ///< of time
  Seconds cycle;             ///< from one request of a slot to the next
  Seconds marginal_cached;   ///< per cached prompt token: what attending to it adds to a prefill
  Joules energy;             ///< above idle, of one rank, over one cycle
};

/// The step models of a plan. Where the engine that decodes runs prefills too they are alike;
/// prompts can join decode steps only then.
struct ServingEngine {
  const StepModel& prefill;
  const StepModel& decode;
  const PrefillProfile& profile;
};

/// Closed form of a closed loop, of one data-parallel group; groups go in lockstep. Of C = batch/dp
/// requests S = min(C, max_seqs) run. L, O: lengths; s: decode steps of a request; t_d(b): decode
/// step of b; mixed(b, n): step of b decodes and n prompts, b = 0 if prefill is exclusive; hold(n):
/// what it takes beyond t_d(b), or all of it if exclusive.
///
///     delay  = hold(n)/n                                          by one prompt, n in its step
///     D      = s t_d(b) + min(S D/(D + F), S - 1) (1 - 1/(2m)) delay    TPOT = D/(O - 1)
///     b      = S D/(D + F)                                              Little
///     F      = max(t_r, h + t_r/2) + lag t_r + look + excess + own
///     queue  = (C - S)/S (D + F)                                   requests beyond the slots
///     TTFT   = first/m + (1 - 1/m)(F + queue)                      m waves of C requests
///
/// a fixed point in D, F and b. A request that decodes for D sees the prefills of those that come
/// in D, not its own; in the last of m waves half as many. After its slot is free it misses the
/// next step (t_r: t_d and the prompts it carries; if exclusive, one of the two by their shares of
/// time) whole unless the front end (h) takes longer, and overlapped scheduling costs `lag` more. A
/// service with one request has no such steps.
///
/// Requests that start together stay together: after w waves their arrivals have spread over
/// width(w) = hypot(S delay, sqrt(w) osl_width D), at most over the cycle D + F, as they have in
/// steady state (m infinite). In the interval between looks a = (S - 1) interval/width /
/// max(1 - rho, S^-1/2) others come, rho = S delay/width: a prompt shares its step with a others, a
/// step that has prompts has a/(1 - e^-a), both capped by the budget; beyond it wait (1 + a -
/// cap)/2 full steps. The first wave is prefilled in full steps one after the other.
///
/// Exact lengths, exclusive prefill, a finite number of waves: the waiting prompts stop the decodes
/// and the slots drift into one wave that is prefilled together and ends together. With k full
/// steps of `full` each:
///
///     TTFT = h + full (k + 1)/2      D = s t_d(S) + full (k - 1)/2      in every wave
///
/// Energy of a cycle: that of S s/b decode steps and of what S prompts add to steps.
///
/// Steps are evaluated at a few batches and taken as linear between them: b and n have moved by
/// under 4 and 10 % when it stops. Of a simulation of the same policies it is within 2 % in TPOT
/// and 7 % (steady state: 14 %) in TTFT: tests/serving/simulation.test.cpp. Fails for: preemption,
/// groups out of balance, percentiles. Errors on measured points: hardware/efficiency/frameworks/.
ServingResult closed_loop(const ServingEngine& engine, const ServingLoad& load,
                          const Scheduler& scheduler);

}  // namespace infersim
