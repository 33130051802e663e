#pragma once

#include "infersim/phase/step_model.hpp"
#include "infersim/serving/load.hpp"
#include "infersim/serving/scheduler.hpp"

namespace infersim {

/// Engines of one kind. Each has `dp` groups in lockstep, over which requests are spread evenly.
struct ServingPool {
  const StepModel& model;
  const StepModel& lone;  ///< the same where but one of the groups has work
  int workers = 1;
  int dp = 1;
  int pp = 1;
  /// Of a pool of prefills `max_seqs` limits the prompts of a step, of decodes the requests that
  /// run. Prompts never join decodes: `mixed` is without meaning.
  Scheduler scheduler;

  [[nodiscard]] double groups() const { return 1.0 * workers * dp; }
};

/// Prompts go through one pool, their caches over a link, their answers come from another pool.
struct PooledService {
  ServingPool prefill;
  ServingPool decode;
  Seconds transfer;  ///< of the cache of one prompt, from a group to a group
};

/// Means of what a request waits for before its first token, once the service runs steadily.
struct PooledTerms {
  Seconds front;     ///< HTTP, tokeniser, router
  Seconds running;   ///< the prefill step that runs when it comes
  Seconds excess;    ///< full prefill steps of prompts before it
  Seconds own;       ///< the step, or steps, of its own prompt
  Seconds transfer;  ///< of its cache
  Seconds entry;     ///< until the decodes' scheduler has looked, and its lag
  Seconds queue;     ///< for the pool, or link, that bounds the rate

  [[nodiscard]] Seconds sum() const {
    return front + running + excess + own + transfer + entry + queue;
  }
};

/// A closed loop of `batch` requests through two pools.
struct PooledResult {
  Seconds ttft;             ///< mean over requests
  Seconds ttft_median;      ///< median over requests
  Seconds ttft_steady;      ///< mean of the waves after the first
  Seconds ttft_first;       ///< mean of the first wave; 0 if waves are without end
  PooledTerms terms;        ///< of ttft_steady
  Seconds tpot;             ///< of steps that no prefill interrupts
  Seconds decode_step;      ///< of `running` requests
  double running = 0;       ///< of a group of the decode pool: requests that decode, on average
  double prompts = 0;       ///< of a group of the prefill pool: in a step, on average
  Frequency rate;           ///< requests per second, whole service, steadily
  Frequency most;           ///< what the slower of the pools, or the link, sustains
  TokenRate output_tokens;  ///< whole service: batch osl / (ttft + (osl - 1) tpot)
  /// Over the time of a run, of finite waves with its end; of waves without end output_tokens.
  TokenRate run_output_tokens;
};

/// Closed form of C = load.batch requests in a closed loop through W prefill engines of g groups
/// and G decode groups. `load.dp` and `pp` are without meaning. L, O: lengths; s: decode steps of a
/// request; t_d(b): decode step of b in each group; h(n): prefill step of n prompts in each group.
///
///     D     = s t_d(b)                    TPOT = D/(O - 1): no prefills between decode steps
///     X     = C/(D + F)                   requests a second
///     b     = X D/G                       Little, at least 1: what a group that runs has
///     X_max = min(W g N/h(N), G max_seqs/(D + transfer + entry), groups/transfer)
///     F     = max(front + running + excess + own + transfer + entry, C/X_max - D)
///     TTFT  = first/m + (1 - 1/m) F       m waves of C requests
///
/// a fixed point in D and F, N the prompts that fill a step. If the rate is bound, all that are in
/// flight beyond what the bound has in work wait: of S decode slots, (C - S)/S (D + transfer).
///
/// Prompts form the next step while one runs: at x a second and engine n = x h(n/g) of them, at
/// least one and at most g N; a prompt finds a step that runs with probability x h/n, half done.
/// Those beyond a full step: Sakasegawa's queue of g N places, rho^sqrt(2 (g N + 1)) / (2 (1 -
/// rho)) (Eur. J. Oper. Res. 1 (1977); of one prompt a step it is M/D/1), with 1 - rho at least
/// 1/sqrt(C/W): a closed loop of few requests cannot queue more. Requests that start together stay
/// together, so that x = C/W/width(w) in wave w, width = hypot(W's time for C prompts, sqrt(w)
/// osl_width D), at most the cycle, see closed_loop.hpp. The first wave is prefilled in full steps;
/// those of it that find no slot wait for requests of the waves before them to end.
///
/// Against a simulation of the same pools: tests/serving/pools.test.cpp. Fails for: uneven routing
/// over engines and ranks, pools that wait for each other's memory, prefix caches.
PooledResult pooled_loop(const PooledService& service, const ServingLoad& load);

}  // namespace infersim
