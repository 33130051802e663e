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
  PhaseResult prefill;      ///< alone on these devices, steps as full as they may be
  PhaseResult decode;       ///< alone on these devices, at the decode context
  Seconds ttft;             ///< mean over requests
  Seconds ttft_median;      ///< median over requests
  Seconds ttft_steady;      ///< mean of the waves after the first
  Seconds ttft_first;       ///< mean of the first wave; 0 if waves are without end
  FirstTokenTerms terms;    ///< of ttft_steady
  Seconds tpot;             ///< with the prefills that interrupt or join the decode steps
  TokenRate output_tokens;  ///< whole system: batch osl / (ttft + (osl - 1) tpot)
  TokenRate input_tokens;   ///< whole system
  /// Output tokens over the time of a run: of finite waves with its end, when answers run out. Of
  /// waves without end output_tokens.
  TokenRate run_output_tokens;
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

/// What is spent on a loop. A search looks at many, and asks again for the one that it takes: a
/// look runs a scheduler for fewer requests, or takes a closed form where it is not as good.
enum class Effort { answer, look };

/// Whether a look at such loads is another thing than their answer.
[[nodiscard]] bool runs_scheduler(const ServingLoad& load);

/// A closed loop of one data-parallel group; groups go in lockstep. Of C = batch/dp requests S =
/// min(C, max_seqs) run. s: decode steps of a request; t_d(b): decode step of b; hold(m): what m
/// prompts add to it, or, if they stop the decodes, the steps of their own; M: prompts that a step
/// has room for; h: front end. One unknown, the prompts n of the other slots that come in a decode
/// step:
///
///     b      = 1 + n s                                  decodes of a step, a given one counted
///     m      = n/(1 - e^-n), at most M                  prompts of a step that has any
///     delay  = hold(m)/m                                by one prompt
///     D      = s (t_d(b) + n delay)                     from first to last token: TPOT = D/(O - 1)
///     w      = max(1, h/t + 1/2) + lag + look           steps missed before its own prompt
///     F      = w t + queued/M t_full + own              TTFT without the queue for slots
///     N(n)   = n (s + w) + own prompts - 1 + queued     = S - 1: all others, once each
///     queue  = (C - S)/S (D + F)                        of requests beyond the slots
///
/// N grows with n, so that the n of S - 1 is found within a bracket. Where prompts join decodes, n
/// is at most what there is room for, n L + q b <= budget (L, q: new tokens of a prompt and of a
/// decode): where that leaves N below S - 1 the rest of the requests waits for prefill, every step
/// is full, and F = S/X - D. `queued`: Sakasegawa's queue if lengths differ; those of one length
/// have made way for each other. What D takes is a mean of steps, so TPOT is never longer than the
/// longest step.
///
/// Where prompts stop the decodes, those on their way when one of them is seen catch up with it:
/// answers of one length then end together too, and so again, until cohorts are out of each
/// other's reach; of others each such chain is as long as what came while its first one waited.
/// Requests that run together delay each other's first token by half of their prompts and their
/// decodes by the other half: serving/steady_crowd.cpp.
///
/// Answers of under 64 tokens, and engines of several stages, have no such form: how requests meet
/// is all that counts. There the scheduler itself is run: serving/scheduler_run.hpp.
///
/// Finite waves, of requests that start together: after w waves their arrivals have spread over
/// width(w) = hypot(S delay, sqrt(w) osl_width D), at most over the cycle D + F, so that a = (S -
/// 1) t/width / max(1 - rho, S^-1/2) others come with one, rho = S delay/width; the first wave is
/// prefilled in full steps; TTFT = first/m + (1 - 1/m) (F + queue) of m waves; in the last of them
/// half as many prompts are met. N is n s (D + F)/D. Exact lengths and prompts that stop decodes:
/// all slots go in one wave. With k full steps of `full` each, TTFT = h + full (k + 1)/2 and D = s
/// t_d(S) + full (k - 1)/2 in every wave. run_output_tokens: m cycles and half of the spread of the
/// m-th, in which answers run out.
///
/// Energy of a cycle: that of S s/b decode steps and of what S prompts add to steps.
///
/// Steps are evaluated at a few places and taken as linear between them, never beyond. How far it
/// is from its scheduler step by step: tests/referee/. Fails for: preemption, groups out of
/// balance, percentiles. Errors on measured points: hardware/efficiency/frameworks/.
ServingResult closed_loop(const ServingEngine& engine, const ServingLoad& load,
                          const Scheduler& scheduler, Effort effort = Effort::answer);

}  // namespace infersim
