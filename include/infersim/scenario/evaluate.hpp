#pragma once

#include <optional>
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
  std::optional<Seconds> ttft;  ///< empty: nothing is prefilled
  std::optional<Seconds> tpot;  ///< empty: nothing is decoded (answers of one token are prefilled)
  TokenRate tokens;             ///< output tokens, or prompt tokens that prefill alone computes
};

/// Of one engine, from what `serve` makes of it.
Headline headline(const Scenario& scenario, const ServingResult& result);

/// What an objective misses, in words with numbers; empty if all are met. Held to the objectives is
/// what was predicted times the margins.
std::vector<std::string> missed_objectives(const Scenario& scenario, const Headline& headline,
                                           const Margins& margins = {});

/// One phase with nothing else on the devices.
struct PhaseFigures {
  PhaseResult alone;    ///< of one engine
  StepBreakdown steps;  ///< the first step of one prompt, or a decode step at the decode context
  TokenRate tokens_per_device;
};

struct DecodeFigures : PhaseFigures {
  double mfu = 0;  ///< useful flops over dense peak of the linear type
  double mbu = 0;  ///< bytes moved over main-memory bandwidth
};

/// The complete answer for one plan, replicas of it and a batch. It holds what was asked for.
struct Evaluation {
  ParallelPlan plan;         ///< of one engine
  int replicas = 1;          ///< of that engine
  double batch = 1;          ///< requests in flight, all replicas
  double max_sequences = 0;  ///< that memory holds at once, all replicas
  MemoryLedger memory;
  std::optional<PhaseFigures> prefill;   ///< unless decode alone was asked for
  std::optional<DecodeFigures> decode;   ///< unless prefill alone was
  std::optional<ServingResult> service;  ///< the closed loop of one engine, where both were
  Headline headline;                     ///< all replicas
  TokenRate tokens_per_device;           ///< of the headline
  Watts board_power;                     ///< one device, mixed service (or the phase asked for)
  double cached = 0;                     ///< tokens of a mean prompt that a prefix cache holds
  double prompt_memory_share = 0;        ///< of memory, held by the KV cache of prompts in flight
  Bill bill;
  Accuracy accuracy;  ///< on what the figures rest, and how far they may be off
  std::vector<std::string> missed;

  /// How likely a measurement meets the objective; empty where there is none or nothing was
  /// measured.
  std::optional<double> ttft_chance;
  std::optional<double> tpot_chance;

  [[nodiscard]] bool objectives_met() const { return missed.empty(); }
  [[nodiscard]] int devices() const { return replicas * plan.devices(); }
  /// Data-parallel groups of all replicas.
  [[nodiscard]] int groups() const { return replicas * plan.dp; }
  /// Requests in flight that wait for a slot, all replicas.
  [[nodiscard]] double queued() const;
};

/// The flow of the design as one function: descriptions to step costs to serving to the bill. With
/// both phases, requests beyond what runs at once queue. Infeasible if the plan cannot run, if a
/// phase alone at that batch does not fit, or if what comes out breaks a condition that every
/// answer must meet (scenario/conditions.hpp): no such figure leaves the library.
Feasible<Evaluation> evaluate(const Scenario& scenario, const ParallelPlan& plan, double batch,
                              int replicas = 1);

}  // namespace infersim
