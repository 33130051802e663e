#include "infersim/serving/steady_state.hpp"

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

double context_of(const ServingLoad& load) {
  return load.decode_context > 0 ? load.decode_context : load.traffic.isl + load.traffic.osl / 2.0;
}

double sequences_per_group(const ServingLoad& load) { return load.batch / load.dp; }

/// A decode step of a group's sequences, which `pp` stages work on in pp parts.
StepCost decode_step(const StepModel& model, const ServingLoad& load) {
  const double part = sequences_per_group(load) / load.pp;
  StepCost step = model.step(StepBatch::decode(part, context_of(load), load.queries_per_sequence));
  step.time = max(step.time, load.pp * step.occupancy);
  step.energy *= load.pp;
  step.activity *= load.pp;
  return step;
}

/// Prefill on its own: one request after the other, and steps filled up to `step_tokens`.
PhaseResult prefill_alone(const StepModel& model, const ServingLoad& load) {
  const double isl = load.traffic.isl;
  PhaseResult result;
  result.step = prompt_cost(model, 1.0, isl, 0.0, load.step_tokens).latency;
  result.sequences = std::max(1.0, std::floor(load.step_tokens / isl));
  const PromptCost full = prompt_cost(model, result.sequences, isl, 0.0, load.step_tokens);
  result.cost = full.last;
  result.cost.energy = full.energy;
  result.cost.time = full.latency;
  result.cost.occupancy = full.occupancy;
  result.tokens = Tokens{load.dp * result.sequences * isl} / full.occupancy;
  return result;
}

}  // namespace

PhaseResult decode_alone(const StepModel& model, const ServingLoad& load) {
  PhaseResult result;
  result.cost = decode_step(model, load);
  result.step = result.cost.time;
  result.sequences = sequences_per_group(load);
  result.tpot = result.step / load.tokens_per_step;
  result.tokens = Tokens{load.batch * load.tokens_per_step} / result.step;
  return result;
}

PrefillProfile profile_prefill(const StepModel& model, const ServingLoad& load) {
  const double isl = load.traffic.isl;
  PrefillProfile profile;
  profile.alone = prefill_alone(model, load);
  const PromptCost prompt = prompt_cost(model, 1.0, isl, 0.0, load.step_tokens);
  profile.latency = prompt.latency;
  profile.occupancy = prompt.occupancy;
  profile.energy = prompt.energy;
  // What half a prompt costs more because the other half is cached before it.
  const double half = isl / 2.0;
  const Seconds extra = prompt_cost(model, 1.0, half, half, load.step_tokens).occupancy -
                        prompt_cost(model, 1.0, half, 0.0, load.step_tokens).occupancy;
  profile.marginal_cached = max(extra, Seconds{}) / half;
  return profile;
}

ServingResult steady_state(const PrefillProfile& prefill, const StepModel& decode,
                           const ServingLoad& load) {
  ServingResult result;
  result.prefill = prefill.alone;
  result.decode = decode_alone(decode, load);
  result.prefill_time = prefill.occupancy;
  result.marginal_cached = prefill.marginal_cached;

  const double b = sequences_per_group(load);
  const double osl = load.traffic.osl;
  const double steps = std::max(osl - 1.0, 0.0) / load.tokens_per_step;
  const Seconds decodes = steps * result.decode.step;
  const Seconds prefills = b * prefill.occupancy;
  result.cycle = decodes + max(prefills, prefill.latency);
  result.output_tokens = Tokens{load.batch * osl} / result.cycle;
  result.input_tokens = Tokens{load.batch * load.traffic.isl} / result.cycle;
  result.prefill_share = (result.cycle - decodes) / result.cycle;
  const Seconds wait = 0.5 * (result.prefill_share * prefill.occupancy +
                              (1.0 - result.prefill_share) * result.decode.step);
  result.ttft = prefill.latency + wait;
  if (osl > 1.0) {
    result.tpot = (decodes + std::max(b - 1.0, 0.0) * prefill.occupancy) / (osl - 1.0);
  }
  result.energy = steps * result.decode.cost.energy + b * prefill.energy;
  return result;
}

}  // namespace infersim
