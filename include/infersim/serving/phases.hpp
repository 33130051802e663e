#pragma once

#include <limits>

#include "infersim/phase/step_model.hpp"
#include "infersim/serving/load.hpp"

namespace infersim {

/// One phase on its own.
struct PhaseResult {
  Seconds step;          ///< prefill: bare prefill of one request; decode: a step
  Seconds tpot;          ///< decode: step / tokens per step
  TokenRate tokens;      ///< of the whole system: prompt tokens that are computed, or output tokens
  StepCost cost;         ///< of the step
  double sequences = 1;  ///< per data-parallel group in that step
};

/// What a plan's prefills take, whatever the batch.
struct PrefillProfile {
  PhaseResult alone;        ///< prefill on its own, steps as full as they may be
  Seconds marginal_cached;  ///< what one cached prompt token adds
};

/// Prefills of prompts of traffic.isl tokens, those that a prefix cache holds not computed again,
/// in chunks of at most `step_tokens`, at most `most` prompts of each group in a step. Tokens a
/// second count whole prompts.
PrefillProfile profile_prefill(const StepModel& model, const ServingLoad& load, double step_tokens,
                               double most = std::numeric_limits<double>::infinity());

/// Its part of prefill on its own. A step cannot hold more prompts than are in flight.
PhaseResult prefill_alone(const StepModel& model, const ServingLoad& load, double step_tokens,
                          double most);

/// Decode of `sequences` in each group and nothing else, at the mean context. Of pp stages each
/// works on one of pp parts of them in its turn.
PhaseResult decode_alone(const StepModel& model, const ServingLoad& load, double sequences);

}  // namespace infersim
