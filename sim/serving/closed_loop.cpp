#include "infersim/serving/closed_loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "serving/group_steps.hpp"
#include "serving/lockstep.hpp"
#include "serving/steady_state.hpp"

namespace infersim {
namespace {

using detail::GroupSteps;
using detail::SteadyPoint;
using detail::SteadyState;

/// TTFT of all requests from that of the steady state: the first wave, and the queue for slots.
void add_first_tokens(ServingResult& result, const ServingLoad& load, const Scheduler& scheduler,
                      const SteadyState& state, const SteadyPoint& point) {
  const double waiting = std::max(load.per_group() - result.slots, 0.0);
  result.terms = point.terms;
  result.terms.queue = waiting / result.slots * result.cycle;
  result.ttft_steady = result.ttft = result.terms.sum();
  if (std::isfinite(load.waves)) {
    const double share = result.slots / (result.slots + waiting);
    result.ttft_first = share * state.first_wave(point) +
                        (1.0 - share) * (point.first + 0.5 * result.terms.queue);
    result.ttft += (result.ttft_first - result.ttft_steady) / std::max(load.waves, 1.0);
  }
  result.ttft_median = result.ttft_steady - point.terms.excess;
  if (!point.long_prompt(scheduler.split)) {
    const double typical = std::min(point.crowd.typical, point.most);
    const double own = std::min(point.crowd.own, point.most);
    result.ttft_median += state.curves().latency(typical) - state.curves().latency(own);
  }
}

/// Energy above idle of one rank over a cycle: its decode steps and what prompts add to steps.
Joules cycle_energy(const ServingResult& result, const ServingLoad& load,
                    const Scheduler& scheduler, const SteadyState& state,
                    const SteadyPoint& point) {
  const double full = std::min(point.most, result.slots);
  const double together = point.long_prompt(scheduler.split) ? full : result.prompts;
  const Joules prompts = result.slots / together * state.curves().energy(together);
  if (load.decode_steps() <= 0.0) return prompts;
  const double steps = result.slots * load.decode_steps() / point.running;
  return prompts + steps * state.curves().decode_energy(point.running);
}

}  // namespace

ServingResult closed_loop(const ServingEngine& engine, const ServingLoad& load,
                          const Scheduler& scheduler) {
  ServingResult result;
  result.prefill = engine.profile.alone;
  result.marginal_cached = engine.profile.marginal_cached;
  const bool alike = load.osl_width == 0.0 && load.isl_width == 0.0 && load.decode_steps() > 0.0;
  if (alike && !scheduler.mixed && std::isfinite(load.waves)) {
    return detail::lockstep(engine, load, scheduler, std::move(result));
  }
  const GroupSteps steps(engine, load, scheduler);
  result.slots = std::max(1.0, std::min(load.per_group(), scheduler.max_seqs));
  SteadyState state(steps, load, scheduler, result.slots);
  const SteadyPoint point = load.decode_steps() > 0.0 ? state.solve() : state.prompts_only();
  result.decode = state.alone();
  result.cycle = point.cycle();
  add_first_tokens(result, load, scheduler, state, point);
  result.running = result.slots * (point.decode / result.cycle);
  result.decode_step = point.step;
  result.delay = point.delay;
  result.prompts = std::min(point.crowd.mean, point.most);
  result.own_prompts = std::min(point.crowd.own, point.most);
  result.energy = cycle_energy(result, load, scheduler, state, point);
  detail::finish(result, load, point.decode);
  return result;
}

}  // namespace infersim
