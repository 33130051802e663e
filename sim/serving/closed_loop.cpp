#include "infersim/serving/closed_loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "serving/group_steps.hpp"
#include "serving/lockstep.hpp"

namespace infersim {
namespace {

using detail::GroupSteps;
using detail::PromptStep;

/// Spread of answers that are all alike, over their mean: hosts and clocks jitter. Measured: vLLM's
/// mean TTFT on 1,204 points is best with it (13.4 %; 20.8 % without).
constexpr double jitter_of_equal_answers = 0.02;
/// Waves that are looked at one by one; of more, as many spread evenly over them.
constexpr int most_waves = 10;
constexpr int most_rounds = 60;
constexpr int most_evaluations = 5;
constexpr Seconds least_time{1e-12};  ///< what widths are kept above, to divide by

Seconds hypot(Seconds a, Seconds b) { return Seconds{std::hypot(a.base(), b.base())}; }

/// A fixed point of one group: what the loop settles at.
struct Point {
  Seconds decode;      ///< D: from first to last token
  Seconds first;       ///< F: from slot to first token
  double running = 1;  ///< b
  double mean = 1;     ///< prompts in a step that has any
  double own = 1;      ///< in the step of a given prompt
  double typical = 1;  ///< its median
  Seconds delay;
  FirstTokenTerms terms;
};

/// Steps as they were evaluated for a point, linear around it.
struct Tangent {
  PhaseResult decode;
  double time_slope = 0;    ///< seconds by which the decode step grows with each sequence
  double energy_slope = 0;  ///< joules, likewise
  double most = 1;          ///< prompts of a full step as far as the budget goes
  double full = 1;          ///< and as far as there are slots
  PromptStep full_step;
  double own = 1;
  PromptStep own_step;
  double mean = 1;
  PromptStep mean_step;

  [[nodiscard]] Seconds step(double running) const {
    return decode.step + Seconds{time_slope * (running - decode.sequences)};
  }
  [[nodiscard]] Joules energy(double running) const {
    return decode.cost.energy + Joules{energy_slope * (running - decode.sequences)};
  }
  /// What `part` of a step is with `n` prompts, near the `at` prompts of `known`.
  template <class Q>
  [[nodiscard]] Q near(Q PromptStep::*part, const PromptStep& known, double at, double n) const {
    const double width = full - own;
    const Q slope = std::abs(width) > 1e-3 * full ? (full_step.*part - own_step.*part) / width
                                                  : full_step.*part / full;
    return known.*part + slope * (n - at);
  }
};

class Loop {
 public:
  Loop(const ServingEngine& engine, const ServingLoad& load, const Scheduler& scheduler)
      : load_(load), scheduler_(scheduler), steps_(engine, load, scheduler) {
    slots_ = std::max(1.0, std::min(load.per_group(), scheduler.max_seqs));
    finite_ = std::isfinite(load.waves);
    waves_ = std::max(load.waves, 1.0);
    busy_ = std::clamp(load.batch - 1.0, 0.0, 1.0);
  }

  ServingResult solve(ServingResult result);

 private:
  [[nodiscard]] Tangent evaluate(const Point& at, const Tangent* before) const;
  [[nodiscard]] Point settle(Point point, const Tangent& steps) const;
  [[nodiscard]] Point round(const Point& point, const Tangent& steps) const;
  void share_steps(Point& point, const Tangent& steps, Seconds step, Seconds cycle) const;
  [[nodiscard]] Seconds first_wave(const Tangent& steps) const;
  [[nodiscard]] double jitter() const {
    return load_.osl_width > 0 ? load_.osl_width : jitter_of_equal_answers;
  }
  [[nodiscard]] double last_wave() const { return finite_ ? 1.0 - 0.5 / waves_ : 1.0; }

  const ServingLoad& load_;
  const Scheduler& scheduler_;
  GroupSteps steps_;
  double slots_ = 1;
  double waves_ = 1;
  double busy_ = 1;  ///< whether a step runs when a request comes: not if it is the only one
  bool finite_ = false;
};

Tangent Loop::evaluate(const Point& at, const Tangent* before) const {
  Tangent steps;
  steps.decode = steps_.decode(at.running);
  if (before != nullptr) {
    const double moved = at.running - before->decode.sequences;
    const bool far = std::abs(moved) > 1e-6 * slots_;
    steps.time_slope =
        far ? (steps.decode.step - before->decode.step).base() / moved : before->time_slope;
    steps.energy_slope =
        far ? (steps.decode.cost.energy - before->decode.cost.energy).base() / moved
            : before->energy_slope;
  }
  steps.most = steps_.most_prompts(at.running);
  steps.full = std::min(steps.most, slots_);
  steps.own = std::min(at.own, steps.full);
  steps.mean = std::min(at.mean, steps.full);
  const bool same_full = before != nullptr && !scheduler_.mixed && before->full == steps.full;
  const auto evaluated = [&](double n) {
    return busy_ > 0.0 ? steps_.prompts(steps.decode, n) : steps_.prompts_alone(n);
  };
  steps.full_step = same_full ? before->full_step : evaluated(steps.full);
  const auto prompts = [&](double n) { return n == steps.full ? steps.full_step : evaluated(n); };
  steps.own_step = prompts(steps.own);
  steps.mean_step = steps.mean == steps.own ? steps.own_step : prompts(steps.mean);
  return steps;
}

/// How many prompts come together, and how long they wait for full steps before them: the mean over
/// the waves after the first.
void Loop::share_steps(Point& point, const Tangent& steps, Seconds step, Seconds cycle) const {
  const Seconds stagger = slots_ / steps.full * steps.full_step.hold;
  const Seconds spread = jitter() * point.decode;
  const Seconds interval = step * std::max({1.0, scheduler_.recv_interval, scheduler_.gather});
  const double most = std::max(steps.most, 1.0);
  const double later = finite_ ? std::max(1.0, std::round(waves_) - 1.0) : 1.0;
  const double parts = std::min<double>(later, most_waves);
  point.own = point.mean = 0.0;
  double excess = 0.0;
  for (double i = 0; i < parts; ++i) {
    const double wave = 0.5 + (i + 0.5) * later / parts;
    const Seconds width =
        finite_ ? min(max(hypot(stagger, std::sqrt(wave) * spread), least_time), cycle) : cycle;
    const double load = std::min(stagger / width, 1.0);
    const double crowd = std::max(1.0 - load, 1.0 / std::sqrt(slots_));
    const double others = std::min((slots_ - 1.0) * (interval / width) / crowd, slots_ - 1.0);
    const double own = std::min(1.0 + others, most);
    if (i == std::floor((parts - 1.0) / 2.0)) {
      // The median of a Poisson number lies about 1/3 below its mean.
      point.typical = 1.0 + std::max(0.0, std::min(own - 1.0, steps.most) - 0.35);
    }
    point.own += own / parts;
    point.mean += std::min(others > 1e-9 ? others / -std::expm1(-others) : 1.0, most) / parts;
    excess += std::max(1.0 + others - most, 0.0) / 2.0 / parts;
  }
  point.terms.excess = excess * steps.full_step.hold / steps.full;
}

Point Loop::round(const Point& point, const Tangent& steps) const {
  Point next = point;
  const Seconds step = steps.step(point.running);
  const Seconds cycle = point.decode + point.first;
  share_steps(next, steps, step, cycle);
  const double mean = std::min(next.mean, steps.most);
  const bool long_prompt = scheduler_.split && steps.most < 1.0;
  if (long_prompt) {
    const PromptStep& part = steps.full_step;
    next.delay =
        part.hold + (1.0 / steps.full - 1.0) * (scheduler_.mixed ? part.hold : part.follow);
    next.terms.own = steps.full_step.latency + (1.0 / steps.full - 1.0) * steps.full_step.follow;
  } else {
    next.delay = steps.near(&PromptStep::hold, steps.mean_step, steps.mean, mean) / mean;
    next.terms.own = steps.near(&PromptStep::latency, steps.own_step, steps.own, next.own);
  }
  Seconds running = step;
  if (scheduler_.mixed) {
    const Seconds width = finite_ ? max(jitter() * point.decode, least_time) : cycle;
    running += std::min(slots_ * (step / width), 1.0) * next.delay;
  } else {
    const double share = std::min(slots_ * (next.delay / cycle), 1.0);
    running += share * (mean * next.delay - running);
  }
  running *= busy_;
  const Seconds front = scheduler_.front_latency;
  next.terms.running = max(running, front + 0.5 * running);
  next.terms.lag = scheduler_.lag * running;
  // The first of a gathered batch waits for all of it, the others on average for half.
  const double gathered = scheduler_.gather * (1.0 + (next.own - 1.0) / 2.0) / next.own;
  next.terms.look = busy_ * ((scheduler_.recv_interval - 1.0) / 2.0 + gathered) * step;
  if (load_.decode_steps() <= 0.0) {
    // Nothing but prompts: each waits for those of all other slots.
    next.terms.running = front;
    next.terms.lag = next.terms.look = next.terms.excess = Seconds{};
    next.terms.excess = max(slots_ * next.delay - next.terms.sum(), Seconds{});
  }
  next.first = next.terms.sum();

  const double share = point.decode / (point.decode + next.first);
  const double interrupted = std::max(std::min(slots_ * share, slots_ - 1.0), 0.0);
  next.decode = load_.decode_steps() * step + interrupted * last_wave() * next.delay;
  next.running = std::max(1.0, slots_ * (next.decode / (next.decode + next.first)));
  return next;
}

Point Loop::settle(Point point, const Tangent& steps) const {
  constexpr double damping = 0.9;
  for (int i = 0; i < most_rounds; ++i) {
    Point next = round(point, steps);
    const Seconds moved = max(next.decode - point.decode, point.decode - next.decode) +
                          max(next.first - point.first, point.first - next.first);
    const bool settled = moved < 1e-6 * (point.decode + point.first);
    next.decode = point.decode + damping * (next.decode - point.decode);
    next.first = point.first + damping * (next.first - point.first);
    next.running = point.running + damping * (next.running - point.running);
    point = next;
    if (settled) break;
  }
  return point;
}

/// Whether steps evaluated at a point still tell what they cost at the one that it settled at.
bool close(const Point& point, const Tangent& steps, double slots, bool has_slope) {
  const double moved = std::abs(point.running - steps.decode.sequences) / slots;
  if (moved > (has_slope ? 0.04 : 0.005)) return false;
  const auto near = [&](double n, double known) {
    return std::abs(std::min(n, steps.full) - known) <= 0.1 * known;
  };
  return near(point.own, steps.own) && near(point.mean, steps.mean);
}

/// Mean of the first wave: `slots` prompts at once into an idle engine, in full steps one after the
/// other, of which the first has no decodes beside it.
Seconds Loop::first_wave(const Tangent& steps) const {
  const double k = slots_ / steps.full;
  const double turns =
      scheduler_.split ? std::max((k + 1.0) / 2.0, 1.0) : (std::ceil(k - 1e-9) + 1.0) / 2.0;
  const Seconds bare =
      scheduler_.mixed ? steps_.prompts_alone(steps.full).latency : steps.full_step.latency;
  return scheduler_.stall + scheduler_.front_latency + bare +
         (turns - 1.0) * steps.full_step.follow;
}

ServingResult Loop::solve(ServingResult result) {
  Point point;
  point.running = slots_;
  Tangent steps = evaluate(point, nullptr);
  result.decode = steps.decode;
  point.decode = load_.decode_steps() * steps.decode.step;
  point.first = scheduler_.front_latency + steps.own_step.latency;
  for (int i = 0; i < most_evaluations; ++i) {
    if (i > 0) steps = evaluate(point, &steps);
    point = settle(point, steps);
    if (close(point, steps, slots_, i > 0)) break;
  }
  const double waiting = std::max(load_.per_group() - slots_, 0.0);
  result.cycle = point.decode + point.first;
  result.terms = point.terms;
  result.terms.queue = waiting / slots_ * result.cycle;
  result.ttft_steady = result.terms.sum();
  result.ttft = result.ttft_steady;
  if (finite_) {
    const double share = slots_ / (slots_ + waiting);
    result.ttft_first =
        share * first_wave(steps) + (1.0 - share) * (point.first + 0.5 * result.terms.queue);
    result.ttft += (result.ttft_first - result.ttft_steady) / waves_;
  }
  result.ttft_median = result.ttft_steady - point.terms.excess;
  const bool long_prompt = scheduler_.split && steps.most < 1.0;
  if (!long_prompt) {
    const double typical = std::min(point.typical, point.own);
    result.ttft_median +=
        steps.near(&PromptStep::latency, steps.own_step, steps.own, typical) - point.terms.own;
  }
  const double mean = std::min(point.mean, steps.most);
  const Joules added =
      long_prompt ? steps.full_step.energy / steps.full
                  : steps.near(&PromptStep::energy, steps.mean_step, steps.mean, mean) / mean;
  result.slots = slots_;
  result.running = point.running;
  result.decode_step = steps.step(point.running);
  result.delay = point.delay;
  result.prompts = mean;
  result.own_prompts = std::min(point.own, steps.most);
  result.energy =
      slots_ * load_.decode_steps() / point.running * steps.energy(point.running) + slots_ * added;
  detail::finish(result, load_, point.decode);
  return result;
}

}  // namespace

ServingResult closed_loop(const ServingEngine& engine, const ServingLoad& load,
                          const Scheduler& scheduler) {
  ServingResult result;
  result.prefill = engine.profile.alone;
  result.marginal_cached = engine.profile.marginal_cached;
  const bool alike = load.osl_width == 0.0 && load.decode_steps() > 0.0;
  if (alike && !scheduler.mixed && std::isfinite(load.waves)) {
    return detail::lockstep(engine, load, scheduler, std::move(result));
  }
  return Loop(engine, load, scheduler).solve(std::move(result));
}

}  // namespace infersim
