#include "serving/group_steps.hpp"

#include <algorithm>
#include <cmath>

namespace infersim::detail {
namespace {

/// `prompts` of a load; a fraction is a chunk in the middle of one, so that chunks have as many
/// pairs together as the prompt has.
StepBatch prompt_batch(double prompts, const ServingLoad& load) {
  const double tokens = load.new_tokens();
  StepBatch batch =
      prompts >= 1.0
          ? StepBatch::prefill(prompts, tokens, load.past())
          : StepBatch::prefill(1.0, prompts * tokens, load.past() + 0.5 * (1.0 - prompts) * tokens);
  batch.prefill_pairs = prompts * load.prompt_pairs();
  return batch;
}

}  // namespace

double GroupSteps::parts_with(double prompts, double most) const {
  const double parts = load_.pp;
  const double needed = prompts / most * parts;
  // Prompts that wait go into the next step; those that come as decodes run, into any.
  return std::clamp(scheduler_.mixed ? std::max(prompts, needed) : needed, 1.0, parts);
}

double GroupSteps::fullest(double prompts, double parts, double most) const {
  const double share = prompts / parts;
  if (load_.pp == 1 || !scheduler_.mixed) return share;
  const double mean = prompts / load_.pp;
  const double more = 0.56 * std::pow(std::log2(load_.pp), 0.83) * std::sqrt(mean);
  return std::max(share, std::min({mean + more, prompts, most / load_.pp}));
}

PromptStep GroupSteps::prompts_alone(double prompts) const {
  const double parts = parts_with(prompts, room_beside(0.0));
  const StepCost part = engine_.prefill.step(prompt_batch(prompts / parts, load_));
  PromptStep step;
  step.latency = load_.pp > 1 && scheduler_.split
                     ? engine_.prefill.step(prompt_batch(prompts, load_)).time
                     : part.time;
  step.hold = part.time + (parts - 1.0) * part.occupancy;
  step.follow = parts * part.occupancy;
  step.energy = parts * part.energy;
  return step;
}

PromptStep GroupSteps::prompts(const PhaseResult& beside, double prompts) const {
  if (!scheduler_.mixed) return prompts_alone(prompts);
  const StepBatch decodes =
      StepBatch::decode(beside.sequences / load_.pp, load_.context(), load_.queries_per_sequence);
  const auto cost_of = [&](double share) {
    return engine_.decode.step(StepBatch::mixed(decodes, prompt_batch(share, load_)));
  };
  const double room = room_beside(beside.sequences);
  const double parts = parts_with(prompts, room);
  const double share = prompts / parts;
  const StepCost part = cost_of(share);
  const double most = fullest(prompts, parts, room);
  const Seconds longest = most > share ? cost_of(most).time : part.time;
  PromptStep step;
  step.latency = load_.pp > 1 && scheduler_.split ? cost_of(prompts).time : part.time;
  step.follow = max(longest, parts * part.occupancy + (load_.pp - parts) * beside.cost.occupancy);
  step.hold = step.follow - beside.step;
  step.energy = parts * (part.energy - beside.cost.energy / load_.pp);
  return step;
}

StepCost GroupSteps::part(double decodes, double tokens, double more) const {
  if (decodes <= 0.0 && tokens <= 0.0) return {};
  const StepBatch beside = StepBatch::decode(decodes, load_.context(), load_.queries_per_sequence);
  if (tokens <= 0.0) return engine_.decode.step(beside);
  StepBatch prompts = prompt_batch(tokens / load_.new_tokens(), load_);
  prompts.prefill_pairs += more;
  if (decodes <= 0.0) return engine_.prefill.step(prompts);
  return engine_.decode.step(StepBatch::mixed(beside, prompts));
}

double GroupSteps::room_beside(double running) const {
  const double beside = scheduler_.mixed ? running / load_.pp * load_.queries_per_sequence : 0.0;
  return load_.pp * std::max((scheduler_.budget - beside) / load_.new_tokens(), 1e-12);
}

double GroupSteps::most_prompts(double running) const {
  const double room = room_beside(running);
  if (scheduler_.split) return room;
  // Whole prompts are as many as fit, one at least wherever there is room for a token.
  const double parts = load_.pp;
  if (room * load_.new_tokens() <= 1e-9 * parts) return 0.0;
  return parts * std::max(1.0, std::floor(room / parts * (1.0 + 1e-12)));
}

}  // namespace infersim::detail
