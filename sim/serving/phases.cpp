#include "infersim/serving/phases.hpp"

#include <algorithm>
#include <cmath>

namespace infersim {
namespace {

/// A prompt of `tokens` after `past` cached ones, in steps of at most `step_tokens`.
struct PromptCost {
  Seconds latency;    ///< until its last token is through
  Seconds occupancy;  ///< of the busiest stage
  Joules energy;
  StepCost last;
};

PromptCost prompt_cost(const StepModel& model, double sequences, double tokens, double past,
                       double step_tokens) {
  PromptCost sum;
  const double chunks = std::max(1.0, std::ceil(sequences * tokens / step_tokens - 1e-9));
  const double chunk = tokens / chunks;
  for (double i = 0; i < chunks; ++i) {
    const StepCost step = model.step(StepBatch::prefill(sequences, chunk, past + i * chunk));
    sum.last = step;
    sum.energy += step.energy;
    sum.occupancy += step.occupancy;
    // Chunks follow each other through the stages; the first fills the pipeline.
    sum.latency += i == 0 ? step.time : step.occupancy;
  }
  return sum;
}

}  // namespace

PhaseResult decode_alone(const StepModel& model, const ServingLoad& load, double sequences) {
  // Of fewer sequences than stages each is a part of its own, and some stages idle.
  const double parts = std::clamp(sequences, 1.0, 1.0 * load.pp);
  const double part = sequences / parts;
  PhaseResult result;
  result.cost = model.step(StepBatch::decode(part, load.context(), load.queries_per_sequence));
  result.cost.time = max(result.cost.time, parts * result.cost.occupancy);
  result.cost.energy *= parts;
  result.cost.activity *= parts;
  result.step = result.cost.time;
  result.sequences = sequences;
  result.tpot = result.step / load.tokens_per_step;
  result.tokens = Tokens{load.dp * sequences * load.tokens_per_step} / result.step;
  return result;
}

PhaseResult prefill_alone(const StepModel& model, const ServingLoad& load, double step_tokens,
                          double most) {
  const double computed = load.new_tokens();
  const double past = load.past();
  PhaseResult alone;
  alone.step = prompt_cost(model, 1.0, computed, past, step_tokens).latency;
  alone.sequences = std::max(1.0, std::floor(std::min(step_tokens / computed, most)));
  const PromptCost full = prompt_cost(model, alone.sequences, computed, past, step_tokens);
  alone.cost = full.last;
  alone.cost.energy = full.energy;
  alone.cost.time = full.latency;
  alone.cost.occupancy = full.occupancy;
  alone.tokens = Tokens{load.dp * alone.sequences * computed} / full.occupancy;
  return alone;
}

PrefillProfile profile_prefill(const StepModel& model, const ServingLoad& load, double step_tokens,
                               double most) {
  PrefillProfile profile;
  profile.alone = prefill_alone(model, load, step_tokens, most);
  // What half a prompt costs more because the other half is cached before it.
  const double half = load.traffic.isl / 2.0;
  const Seconds extra = prompt_cost(model, 1.0, half, half, step_tokens).occupancy -
                        prompt_cost(model, 1.0, half, 0.0, step_tokens).occupancy;
  profile.marginal_cached = max(extra, Seconds{}) / half;
  return profile;
}

}  // namespace infersim
