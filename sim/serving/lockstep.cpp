#include "serving/lockstep.hpp"

#include <algorithm>
#include <cmath>

namespace infersim::detail {

void finish(ServingResult& result, const ServingLoad& load, Seconds decode) {
  const double osl = load.traffic.osl;
  if (osl > 1.0) result.tpot = decode / (osl - 1.0);
  result.output_tokens = Tokens{load.batch * osl} / (result.ttft + decode);
  result.run_output_tokens = load.share_of_run(decode, result.ttft + decode) * result.output_tokens;
  if (std::isfinite(load.waves)) {
    // Where requests queue, those of the first wave wait for less: slots are no faster for that.
    const TokenRate slots = Tokens{load.dp * result.slots * osl} / result.cycle;
    result.run_output_tokens = min(result.run_output_tokens, slots);
  }
  result.input_tokens = load.traffic.isl / osl * result.output_tokens;
  result.prefill_share = std::min(result.slots * (result.delay / result.cycle), 1.0);
}

ServingResult lockstep(const GroupSteps& steps, const ServingLoad& load, const Scheduler& scheduler,
                       ServingResult result) {
  const double slots = result.slots;
  const double waves = std::max(load.waves, 1.0);
  result.decode = steps.decode(slots);
  const Seconds step = result.decode.step;
  const double prompts = std::min(slots, steps.most_prompts(slots));
  const PromptStep full = steps.prompts(result.decode, prompts);
  const double turns = slots / prompts;  // full steps of a wave
  // A prompt over the budget has its first token after several of them.
  const double each = prompts < 1.0 ? 1.0 / prompts : 1.0;
  const Seconds prefills = full.latency + std::max(turns - 1.0, 0.0) * full.follow;
  const Seconds mean =
      full.latency + std::max(each - 1.0 + (turns - each) / 2.0, 0.0) * full.follow;
  const Seconds decodes = load.decode_steps() * step;
  const double waiting = std::max(load.per_group() - slots, 0.0);

  result.cycle = prefills + decodes + scheduler.front_latency;
  result.terms.queue = waiting / slots * result.cycle;
  result.terms.running = scheduler.front_latency;
  result.terms.own = full.latency + (each - 1.0) * full.follow;
  result.terms.excess = max(mean - result.terms.own, Seconds{});
  result.ttft_median = result.ttft_steady = result.terms.sum();
  const Seconds unqueued = result.ttft_steady - result.terms.queue;
  result.ttft_first = unqueued + scheduler.stall + result.terms.queue / 2.0;
  result.ttft = result.ttft_steady + (result.ttft_first - result.ttft_steady) / waves;
  result.running = slots;
  result.decode_step = step;
  result.delay = full.follow / prompts;
  result.prompts = result.own_prompts = prompts;
  result.energy = load.decode_steps() * result.decode.cost.energy + turns * full.energy;
  finish(result, load, decodes + (prefills - mean));  // the first prompts wait for the last
  return result;
}

}  // namespace infersim::detail
