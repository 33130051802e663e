#include "serving/group_steps.hpp"

#include <algorithm>
#include <cmath>

namespace infersim::detail {
namespace {

/// `prompts` of `tokens` tokens; a fraction is a chunk in the middle of one, so that chunks have
/// as many pairs together as the prompt has.
StepBatch prompt_batch(double prompts, double tokens) {
  if (prompts >= 1.0) return StepBatch::prefill(prompts, tokens);
  return StepBatch::prefill(1.0, prompts * tokens, 0.5 * (1.0 - prompts) * tokens);
}

}  // namespace

PromptStep GroupSteps::prompts_alone(double prompts) const {
  const StepCost cost = engine_.prefill.step(prompt_batch(prompts, load_.traffic.isl));
  return {cost.time, cost.time, cost.occupancy, cost.energy};
}

PromptStep GroupSteps::prompts(const PhaseResult& beside, double prompts) const {
  if (!scheduler_.mixed) return prompts_alone(prompts);
  const StepBatch decodes =
      StepBatch::decode(beside.sequences / load_.pp, load_.context(), load_.queries_per_sequence);
  const StepCost step =
      engine_.decode.step(StepBatch::mixed(decodes, prompt_batch(prompts, load_.traffic.isl)));
  const Seconds round = max(step.time, step.occupancy + (load_.pp - 1.0) * beside.cost.occupancy);
  return {step.time, round - beside.step, step.occupancy,
          step.energy - beside.cost.energy / load_.pp};
}

double GroupSteps::most_prompts(double running) const {
  const double tokens = load_.traffic.isl;
  const double beside = scheduler_.mixed ? running / load_.pp * load_.queries_per_sequence : 0.0;
  const double room = std::max(scheduler_.budget - beside, 1.0);
  return scheduler_.split ? room / tokens : std::max(1.0, std::floor(room / tokens));
}

}  // namespace infersim::detail
