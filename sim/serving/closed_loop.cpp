#include "infersim/serving/closed_loop.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "serving/group_steps.hpp"
#include "serving/lockstep.hpp"
#include "serving/scheduler_run.hpp"
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
    result.ttft_first =
        share * state.first_wave(point) + (1.0 - share) * (point.first + 0.5 * result.terms.queue);
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
  const double running = std::max(point.running, result.running);
  const double steps = result.slots * load.decode_steps() / running;
  return prompts + steps * state.curves().decode_energy(running);
}

/// Up to how many tokens answers have no closed form: how requests meet in steps is what counts.
/// From there to where it is trusted alone the two are blended.
constexpr double shortest_form = 56;
constexpr double trusted_form = 72;

/// Share of a run of the scheduler in a result.
double share_of_scheduler(const ServingLoad& load, double slots, Effort effort) {
  if (slots <= 1.0 || load.pp > detail::SchedulerRun::most_stages) return 0.0;
  const double osl = load.traffic.osl;
  if (load.pp > 1 && (effort == Effort::answer || osl < trusted_form)) return 1.0;
  return std::clamp((trusted_form - osl) / (trusted_form - shortest_form), 0.0, 1.0);
}

/// Makes each field of a loop a blend of two.
void blend(ServingResult& result, const ServingResult& other, double share,
           const ServingLoad& load) {
  const auto mix = [&](auto& a, const auto& b) { a = share * b + (1.0 - share) * a; };
  for (Seconds FirstTokenTerms::*term :
       {&FirstTokenTerms::queue, &FirstTokenTerms::running, &FirstTokenTerms::lag,
        &FirstTokenTerms::look, &FirstTokenTerms::excess, &FirstTokenTerms::own}) {
    mix(result.terms.*term, other.terms.*term);
  }
  for (Seconds ServingResult::*field :
       {&ServingResult::ttft, &ServingResult::ttft_steady, &ServingResult::ttft_first,
        &ServingResult::ttft_median, &ServingResult::tpot, &ServingResult::cycle,
        &ServingResult::delay, &ServingResult::decode_step}) {
    mix(result.*field, other.*field);
  }
  mix(result.prompts, other.prompts);
  mix(result.own_prompts, other.own_prompts);
  mix(result.energy, other.energy);
  const Seconds decode = (load.traffic.osl - 1.0) * result.tpot;
  result.running = result.slots * (decode / result.cycle);
  detail::finish(result, load, decode);
}

/// What a run of the scheduler within limits says; nothing where it did not settle.
bool run_scheduler(ServingResult& result, const GroupSteps& steps, const ServingLoad& load,
                   const Scheduler& scheduler, const detail::RunLimits& limits) {
  const bool finite = std::isfinite(load.waves);
  const double flight = detail::SchedulerRun::most_queue * result.slots;
  const double rounds = load.waves * load.per_group() / result.slots;
  // Where many more wait for a slot than run, how a benchmark begins and ends is soon forgotten,
  // but for requests of one length that began together: they go on so.
  const bool forgotten = finite && load.per_group() > flight && rounds > 24.0;
  ServingLoad ran = load;
  if (forgotten && load.alike()) {
    ran.batch = load.dp * flight;
    ran.waves = 8.0 * result.slots / flight;
  } else if (forgotten) {
    ran.waves = std::numeric_limits<double>::infinity();
  }
  detail::SchedulerRun run(steps, ran, scheduler, result.slots, limits);
  const detail::RunMeans means = run.run();
  if (!means.settled) return false;
  result.decode = steps.decode(result.slots);
  result.terms.running = means.seen;
  result.terms.excess = means.excess;
  result.terms.own = means.own;
  // Of requests beyond the slots what was run had some, and all of them wait for a slot.
  const double slots = std::min(result.slots, run.in_flight());
  const double further = std::max(load.per_group() - run.in_flight(), 0.0);
  const Seconds rest = means.decode + means.excess + means.own;
  result.cycle = slots / run.in_flight() * (means.seen + rest);
  // Waves have a first one, of which fewer wait for others: what a slot takes is told by the whole.
  const bool first = std::isfinite(ran.waves) && run.in_flight() > slots;
  if (first) result.cycle = slots / means.requests * means.span;
  result.terms.running = max(result.cycle - rest, Seconds{});
  result.terms.queue = further / slots * result.cycle;
  if (first && forgotten) {
    result.terms.queue = (load.per_group() - slots) / slots * result.cycle;
  } else {
    result.terms.running = min(result.terms.running, means.seen);
    result.terms.queue += means.seen - result.terms.running;
  }
  result.ttft = result.ttft_steady = result.terms.sum();
  result.ttft_median = forgotten ? result.ttft : means.median + further / slots * result.cycle;
  result.running = result.slots * (means.decode / result.cycle);
  result.decode_step = steps.decode(std::max(result.running, 1.0)).step;
  result.delay = means.delay;
  if (load.pp > 1 && load.decode_steps() > 0.0) {
    // Steps of several parts run at once: what decode takes beyond its own steps is the prompts'.
    const Seconds more = max(means.decode - load.decode_steps() * result.decode_step, Seconds{});
    result.delay = more / std::max(result.slots - 1.0, 1.0) * (result.cycle / means.decode);
  }
  result.delay = min(result.delay, result.cycle / result.slots);
  result.prompts = result.own_prompts = means.prompts;
  result.energy = result.slots * means.energy;
  const double waves = std::max(load.waves, 1.0);
  if (forgotten) {
    // Of the first wave as many come at once as later: they wait for half of those before them.
    result.ttft_first = scheduler.stall + result.ttft - 0.5 * result.terms.queue;
    result.ttft += (result.ttft_first - result.ttft_steady) / waves;
  } else if (finite) {
    result.ttft_first = means.first;
    if (waves > 1.0) {
      const Seconds later = (waves * result.ttft - means.first) / (waves - 1.0);
      result.terms.running = max(result.terms.running + (later - result.ttft), Seconds{});
      result.ttft_steady = result.terms.sum();
    }
  }
  detail::finish(result, load, means.decode);
  if (finite && !forgotten) {
    result.run_output_tokens = Tokens{load.dp * means.requests * load.traffic.osl} / means.span;
  }
  return true;
}

/// The closed form: in one wave after the other, or a steady state.
ServingResult closed_form(ServingResult result, const GroupSteps& steps, const ServingLoad& load,
                          const Scheduler& scheduler) {
  const bool alike = load.osl_width == 0.0 && load.tokens_per_step == 1.0;
  if (alike && load.decode_steps() > 0.0 && !scheduler.mixed && std::isfinite(load.waves)) {
    return detail::lockstep(steps, load, scheduler, std::move(result));
  }
  SteadyState state(steps, load, scheduler, result.slots);
  const SteadyPoint point = load.decode_steps() > 0.0 ? state.solve() : state.prompts_only();
  result.decode = state.alone();
  result.cycle = point.cycle();
  add_first_tokens(result, load, scheduler, state, point);
  result.running = result.slots * (point.decode / result.cycle);
  result.decode_step = point.step;
  // Chunks of one prompt pass through several stages at once: they take no longer than its cycle.
  result.delay = load.pp > 1 ? min(point.delay, result.cycle / result.slots) : point.delay;
  result.prompts = std::min(point.crowd.mean, point.most);
  result.own_prompts = std::min(point.crowd.own, point.most);
  result.energy = cycle_energy(result, load, scheduler, state, point);
  detail::finish(result, load, point.decode);
  return result;
}

}  // namespace

bool runs_scheduler(const ServingLoad& load) {
  return load.pp > 1 || load.traffic.osl < trusted_form;
}

ServingResult closed_loop(const ServingEngine& engine, const ServingLoad& load,
                          const Scheduler& scheduler, Effort effort) {
  ServingResult result;
  result.prefill = engine.profile.alone;
  result.marginal_cached = engine.profile.marginal_cached;
  const GroupSteps steps(engine, load, scheduler);
  result.slots = std::max(1.0, std::min(load.per_group(), scheduler.max_seqs));
  const double run = share_of_scheduler(load, result.slots, effort);
  ServingResult simulated = result;
  bool settled = false;
  if (run > 0.0 && effort == Effort::look) {
    settled = run_scheduler(simulated, steps, load, scheduler, {64, 2'000});
  } else if (run > 0.0) {
    // Fewer slots, each of which stands for more requests, take fewer steps.
    const double rounds = load.pp > 1 ? 2.0 : 1.0;  // a step of a part is not one of the engine
    settled = run_scheduler(simulated, steps, load, scheduler, {512, 10'000 * rounds}) ||
              run_scheduler(simulated, steps, load, scheduler, {128, 10'000 * rounds});
  }
  if (settled && run >= 1.0) return simulated;
  result = closed_form(std::move(result), steps, load, scheduler);
  if (settled) blend(result, simulated, run, load);
  return result;
}

}  // namespace infersim
