#include "search/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace infersim::detail {
namespace {

constexpr double slack = 1.02;
/// Sequences of a group that are looked at where memory sets no limit.
constexpr double most_sequences = 65'536;

}  // namespace

EngineBounds::EngineBounds(const Scenario& scenario, const Workload& workload,
                           const AssembledEngine& engine, TokenRate enough)
    : scenario_(scenario),
      engine_(engine),
      load_(load_of(workload, engine, scenario.loop(1.0 * engine.plan.dp))) {
  const PhaseChoice phase = scenario.question.phase;
  const Slo& slo = scenario.slo;
  const PhaseResult& alone = engine.prefill_profile.alone;
  steps_ = phase == PhaseChoice::decode ? 1.0 : load_.decode_steps();
  const bool prompts_count = phase == PhaseChoice::both && steps_ > 0.0 &&
                             std::isinf(load_.waves) && !scenario.question.cached;
  if (prompts_count) prompt_ = prompt_time();
  fits_ = std::clamp(std::floor(engine.scheduler.max_seqs), 1.0, most_sequences);
  least_ = std::min(1.0 * engine.plan.pp, fits_);
  if (phase != PhaseChoice::decode) miss_ = alone.step / slo.ttft / slack;
  if (steps_ <= 0.0) {
    most_ = running_ = fits_;
    best_ = tokens_at(pace(fits_));
    return;
  }
  const double tokens =
      phase == PhaseChoice::decode ? load_.tokens_per_step : load_.traffic.osl - 1.0;
  const Seconds limit = tokens * slo.tpot;
  const Seconds first = steps_ * decode_alone(engine.decode, load_, 1.0).step;
  miss_ = std::max(miss_, first / limit / slack);
  const Pace largest = largest_within(limit * slack, enough);
  running_ = largest.sequences;
  const double waits = phase == PhaseChoice::both ? slo.ttft / first : 0.0;
  most_ = std::clamp(std::ceil(running_ * (1.0 + waits)), least_, fits_);
  best_ = tokens_at(largest);
}

/// A group's time for a prompt in steps of prompts alone, full ones or half full ones: by how tiles
/// fall either may be the better.
Seconds EngineBounds::prompt_time() const {
  const PhaseResult& alone = engine_.prefill_profile.alone;
  const double isl = load_.traffic.isl;
  const Seconds full = load_.dp * isl * Tokens{1.0} / alone.tokens;
  const double half = std::floor(alone.sequences / 2.0);
  if (half < 1.0) return full;
  return min(full, engine_.prefill.step(StepBatch::prefill(half, isl)).occupancy / half);
}

Seconds EngineBounds::step(double sequences) const {
  return decode_alone(engine_.decode, load_, sequences).step;
}

EngineBounds::Pace EngineBounds::pace(double sequences) const {
  Pace at{sequences, {}, prompt_};
  if (steps_ <= 0.0) return at;
  at.step = step(sequences);
  if (load_.pp > 1) {
    // Prompts of one part may run while others decode: all they must share is the busiest stage.
    at.added = {};
  } else if (engine_.scheduler.mixed && prompt_ > Seconds{}) {
    at.added = added_by_joining(sequences, at.step);
  }
  return at;
}

/// From a request's first token to its last, at least.
Seconds EngineBounds::decode_time(const Pace& at) const {
  return steps_ * at.step + std::max(at.sequences - 1.0, 0.0) * at.added;
}

TokenRate EngineBounds::tokens_at(const Pace& at) const {
  const Seconds request = max(steps_ * at.step / at.sequences + at.added, prompt_);
  const double tokens =
      scenario_.question.phase == PhaseChoice::decode ? load_.tokens_per_step : load_.traffic.osl;
  return slack * load_.dp * tokens * Tokens{1.0} / request / engine_.plan.devices();
}

TokenRate EngineBounds::tokens(double per_group) const {
  return per_group < running_ ? tokens_at(pace(per_group)) : best_;
}

/// Just above the most sequences whose answers take no longer than `limit`: to 5 % or one.
EngineBounds::Pace EngineBounds::largest_within(Seconds limit, TokenRate enough) const {
  const Pace most = pace(fits_);
  if (decode_time(most) <= limit) return most;
  const Pace one = pace(1.0);
  if (decode_time(one) > limit) return one;
  // What prompts add changes little with the batch: on the way it is taken as linear.
  const auto guess = [&](double sequences) {
    const double share = (sequences - 1.0) / (most.sequences - 1.0);
    return Pace{sequences, step(sequences), one.added + share * (most.added - one.added)};
  };
  Pace above = most;
  Pace within = one;
  while (above.sequences - within.sequences > std::max(1.0, 0.05 * within.sequences)) {
    // Times are nearly linear in the sequences: aim a little above where the line meets the limit,
    // so that the interval closes from both sides.
    const double slope =
        (above.sequences - within.sequences) / (decode_time(above) - decode_time(within)).base();
    const double line = within.sequences + slope * (limit - decode_time(within)).base();
    const double aim =
        std::clamp(std::ceil(1.02 * line), within.sequences + 1.0, above.sequences - 1.0);
    const Pace at = guess(aim);
    (decode_time(at) > limit ? above : within) = at;
    if (slack * tokens_at(above) <= enough) break;
  }
  Pace largest = pace(above.sequences);
  while (decode_time(largest) <= limit && largest.sequences < fits_ &&
         tokens_at(largest) > enough) {
    largest = pace(std::min(std::ceil(1.05 * largest.sequences), fits_));
  }
  return largest;
}

/// What a prompt adds at least to the decode steps that it joins: of prompts that come alone and of
/// steps as full as they may be.
Seconds EngineBounds::added_by_joining(double sequences, Seconds decode_step) const {
  const Scheduler& scheduler = engine_.scheduler;
  const double beside = sequences / load_.pp * load_.queries_per_sequence;
  const double fit = std::max(scheduler.budget - beside, 1.0) / load_.traffic.isl;
  const double most = scheduler.split ? load_.pp * fit : std::max(std::floor(fit), 1.0);
  const Seconds full = hold(sequences, decode_step, most);
  return most > 1.0 ? min(full, hold(sequences, decode_step, 1.0)) : full;
}

/// By how much `prompts` that join a decode step of a group lengthen it, for each of them. Of
/// several stages each works on a part of the sequences, and takes a part of the prompts with it.
Seconds EngineBounds::hold(double sequences, Seconds decode_step, double prompts) const {
  const double stages = load_.pp;
  const double parts = engine_.scheduler.split ? stages : std::clamp(prompts, 1.0, stages);
  const double share = std::min(prompts / parts, 1.0);  // of a prompt, if it is split
  const double isl = load_.traffic.isl;
  const StepBatch joined = StepBatch::mixed(
      StepBatch::decode(sequences / stages, load_.context(), load_.queries_per_sequence),
      StepBatch::prefill(std::max(prompts / parts, 1.0), share * isl, 0.5 * (1.0 - share) * isl));
  const Seconds part = engine_.decode.step(joined).occupancy - decode_step / stages;
  return parts * max(part, Seconds{}) / prompts;
}

}  // namespace infersim::detail
