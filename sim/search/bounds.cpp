#include "search/bounds.hpp"

#include <algorithm>
#include <cmath>

namespace infersim::detail {
namespace {

constexpr double slack = 1.02;
/// Sequences of a group that are looked at where memory sets no limit.
constexpr double most_sequences = 65'536;

}  // namespace

EngineBounds::EngineBounds(const Scenario& scenario, const Workload& workload,
                           const AssembledEngine& engine)
    : scenario_(scenario),
      engine_(engine),
      load_(load_of(workload, engine, scenario.loop(1.0 * engine.plan.dp))) {
  const double fits = std::clamp(std::floor(engine.scheduler.max_seqs), 1.0, most_sequences);
  least_ = std::min(1.0 * engine.plan.pp, fits);
  most_ = running_ = fits;
  const PhaseChoice phase = scenario.question.phase;
  const Slo& slo = scenario.slo;
  steps_ = phase == PhaseChoice::decode ? 1.0 : load_.decode_steps();
  const Seconds first = steps_ > 0.0 ? step(1.0) : Seconds{};
  if (phase != PhaseChoice::decode) miss_ = engine.prefill_profile.alone.step / slo.ttft / slack;
  if (steps_ > 0.0) {
    const Seconds limit = slo.tpot * load_.tokens_per_step;
    miss_ = std::max(miss_, first / limit / slack);
    running_ = largest_within(limit);
    const double waits =
        phase == PhaseChoice::both ? slo.ttft / (steps_ * first) : 0.0;
    most_ = std::clamp(std::ceil(running_ * (1.0 + waits) * slack), least_, fits);
  }
  best_ = tokens(most_);
}

Seconds EngineBounds::step(double sequences) const {
  return decode_alone(engine_.decode, load_, sequences).step;
}

/// Just above the largest number of sequences whose decode step stays within `limit`: to 5 % or one.
double EngineBounds::largest_within(Seconds limit) const {
  double above = most_;
  Seconds at_above = step(above);
  if (at_above <= limit) return above;
  double within = 1.0;
  Seconds at_within = step(within);
  if (at_within > limit) return 1.0;
  while (above - within > std::max(1.0, 0.05 * within)) {
    // Steps are nearly linear in their sequences: aim a little above where the line meets the limit,
    // so that the interval closes from both sides.
    const double slope = (above - within) / (at_above - at_within).base();
    const double line = within + slope * (limit - at_within).base();
    const double aim = std::clamp(std::ceil(1.02 * line), within + 1.0, above - 1.0);
    const Seconds at = step(aim);
    if (at > limit) {
      above = aim;
      at_above = at;
    } else {
      within = aim;
      at_within = at;
    }
  }
  return above;
}

/// A group's time for one prompt, in steps that are as full as they may be.
Seconds EngineBounds::prompt_time() const {
  const PhaseResult& alone = engine_.prefill_profile.alone;
  return load_.dp * load_.traffic.isl * Tokens{1.0} / alone.tokens;
}

/// What a prompt adds at least to the decode steps that it joins.
Seconds EngineBounds::joined_time(double running, Seconds decode_step) const {
  const PhaseResult& alone = engine_.prefill_profile.alone;
  const double beside = running * load_.queries_per_sequence;
  const double room = std::max(engine_.scheduler.budget - beside, 1.0);
  const double parts = std::max(1.0, std::ceil(load_.traffic.isl / room));
  const Seconds one = max(alone.step - parts * decode_step, Seconds{});
  if (parts > 1.0) return one;
  return min(one, max(alone.cost.occupancy - decode_step, Seconds{}) / alone.sequences);
}

TokenRate EngineBounds::tokens(double per_group) const {
  const double running = std::min(per_group, running_);
  const Seconds decode_step = steps_ > 0.0 ? step(running) : Seconds{};
  const Seconds decode = steps_ * decode_step / running;  // a group's time for one request
  const double requests = slack * load_.dp / engine_.plan.devices();
  if (scenario_.question.phase == PhaseChoice::decode) {
    return requests * load_.tokens_per_step * Tokens{1.0} / decode;
  }
  Seconds request = decode;
  // A benchmark's last wave and prompts that a cache holds take less.
  if (std::isinf(load_.waves) && !scenario_.question.cached) {
    const Seconds prompt = prompt_time();
    request = max(request, prompt);
    if (load_.pp == 1) {
      const bool apart = !engine_.scheduler.mixed || steps_ <= 0.0;
      request = max(request, decode + (apart ? prompt : joined_time(running, decode_step)));
    }
  }
  return requests * load_.traffic.osl * Tokens{1.0} / request;
}

}  // namespace infersim::detail
