#include "serving/steady_state.hpp"

#include <algorithm>
#include <cmath>

#include "serving/bracket.hpp"

namespace infersim::detail {
namespace {

constexpr int most_rounds = 40;
/// What moves by less of a request's time is settled.
constexpr double settled = 1e-4;
constexpr double tiny = 1e-12;

/// Where the widths of waves go back and forth.
Crowd half_way(const Crowd& a, const Crowd& b) {
  Crowd crowd = b;
  crowd.own = 0.5 * (a.own + b.own);
  crowd.mean = 0.5 * (a.mean + b.mean);
  crowd.behind = 0.5 * (a.behind + b.behind);
  return crowd;
}

constexpr Seconds least_time{1e-12};  ///< what widths are kept above, to divide by

}  // namespace

SteadyState::SteadyState(const GroupSteps& steps, const ServingLoad& load,
                         const Scheduler& scheduler, double slots)
    : steps_(steps),
      load_(load),
      scheduler_(scheduler),
      curves_(steps),
      slots_(slots),
      waves_(std::max(load.waves, 1.0)),
      finite_(std::isfinite(load.waves)),
      alike_(load.osl_width * load.decode_steps() <= 1.0),
      busy_(std::clamp(load.batch - 1.0, 0.0, 1.0)) {}

/// The step that runs when a request of the later waves comes, with the prompts of its wave.
Seconds SteadyState::crowded_step(const SteadyPoint& point) const {
  Seconds running = point.step;
  if (scheduler_.mixed) {
    const Seconds width = max(spread_of(load_) * point.decode, least_time);
    running += std::min(slots_ * (point.step / width), 1.0) * point.delay;
  } else {
    const double share = std::min(slots_ * (point.delay / point.cycle()), 1.0);
    running += share * (point.crowd.mean * point.delay - running);
  }
  return busy_ * running;
}

/// From the end of a request to the step that can take its successor.
Seconds SteadyState::until_seen(const SteadyPoint& point) const {
  const Seconds front = scheduler_.front_latency;
  if (finite_) {
    const Seconds running = crowded_step(point);
    return max(running, front + 0.5 * running);
  }
  if (chained()) {
    // The first of a chain misses steps, the others of it on average half as many.
    const double gather = alike_ ? scheduler_.gather : 0.0;
    const double steps = missed_steps(point) - lag_steps(point) - gather;
    return max(point.crowd.waits * busy_ * steps * point.step, alone_in_line(point) * front);
  }
  const double share = std::min(point.others / point.crowd.mean, 1.0);
  const Seconds with = scheduler_.mixed ? point.step + point.crowd.mean * point.delay
                                        : point.crowd.mean * point.delay;
  // The first step that begins after it is missed, whatever the front end takes.
  const Seconds missed = point.step + share * (with - point.step);
  const double comes = alone_in_line(point);
  if (front < min(point.step, with)) return comes * max(busy_ * missed, front);
  return comes * (front + busy_ * 0.5 * missed);
}

SteadyPoint SteadyState::at(double others, const SteadyPoint& before) const {
  SteadyPoint point;
  const double decodes = load_.decode_steps();
  point.others = others;
  point.running = std::min(1.0 + others * decodes, slots_);
  // In waves that come together those that decode are the mean of all, as of any request.
  if (finite_ && slots_ > 1.0) {
    point.running = std::max(1.0, slots_ / (slots_ - 1.0) * others * decodes);
  }
  point.most = std::max(steps_.most_prompts(point.running), tiny);
  point.step = curves_.decode(point.running);
  point.crowd = finite_ ? before.crowd : crowd_of(point);
  const double full = std::min(point.most, slots_);
  const double mean = std::min(point.crowd.mean, point.most);
  const double own = std::min(point.crowd.own, point.most);
  const bool long_prompt = point.long_prompt(scheduler_.split);
  if (long_prompt) {
    const Seconds next = scheduler_.mixed ? curves_.hold(full) : curves_.follow(full);
    point.delay = curves_.hold(full) + (1.0 / full - 1.0) * next;
    point.terms.own = curves_.latency(full) + (1.0 / full - 1.0) * curves_.follow(full);
  } else {
    point.delay = curves_.hold(mean) / mean;
    point.terms.own = curves_.latency(own);
  }
  double met = others * decodes;  // prompts that come while it decodes
  Seconds behind;
  if (finite_) {
    if (slots_ > 1.0) met = std::min(met * slots_ / (slots_ - 1.0), slots_ - 1.0);
    met *= 1.0 - 0.5 / waves_;
  }
  point.period = point.step + met / decodes * point.delay;
  point.first = before.first;
  point.decode = decodes * point.period;
  point.terms.running = until_seen(point);
  const bool chains = chained();
  const Seconds step = chains ? point.step : point.period;
  point.terms.lag = finite_ ? scheduler_.lag * crowded_step(point)
                            : busy_ * lag_steps(point) * point.crowd.waits * step;
  // The first of a gathered batch waits for all of it, the others on average for half, but for
  // those that ended with it.
  const double gathered =
      !finite_ && alike_
          ? scheduler_.gather
          : scheduler_.gather * (1.0 + (point.crowd.own - 1.0) / 2.0) / point.crowd.own;
  double look = (scheduler_.recv_interval - 1.0) / 2.0;
  if (!finite_ && alike_ && scheduler_.recv_interval > 1.0) {
    // Requests that were seen in one look end together, as far from another look each time.
    const double least = decodes + missed_steps(point) + (scheduler_.mixed ? 1.0 : 0.0);
    const double r = scheduler_.recv_interval;
    look = std::ceil(least / r - 1e-9) * r - least;
  }
  point.terms.look = busy_ * (look + gathered) * point.step;
  point.terms.excess = point.crowd.behind * curves_.hold(full) / full;
  point.queued = queued(point);
  point.terms.excess += point.queued / std::max(point.most, tiny) * curves_.follow(full);
  const Seconds missed = point.terms.running + point.terms.lag + point.terms.look;
  point.missed = missed / step;
  if (!finite_ && scheduler_.mixed && looks() > 1.0) {
    // Between two looks no prompts run: those that it comes with are all that came in that time.
    met = std::max(others * (decodes + point.missed + 1.0) - point.crowd.come, 0.0);
    point.decode = decodes * point.step + met * point.delay;
  }
  if (!finite_ && !scheduler_.mixed) {
    // Those that run with it do not come while it decodes; half of them are before it.
    const double together = point.crowd.come + point.crowd.chain;
    met = std::max(others * (decodes + point.missed) - together, 0.0);
    const Seconds others_before = 0.5 * point.crowd.chain * point.delay;
    behind = point.terms.excess + others_before;
    point.terms.excess += others_before;
    point.decode = decodes * point.step + met * point.delay + behind;
  }
  point.first = point.terms.sum();
  return point;
}

/// N(n): prompts of the other slots that run from one prompt of a slot to its next.
double SteadyState::in_flight(const SteadyPoint& point) const {
  if (finite_) return point.others * load_.decode_steps() * (point.cycle() / point.decode);
  const double passed = point.others * (load_.decode_steps() + point.missed);
  if (!scheduler_.mixed) return passed;
  if (looks() > 1.0) return passed + point.others + point.queued;
  return passed + point.crowd.own - 1.0 + 2.0 * point.crowd.behind + point.queued;
}

/// The most prompts of others that can come in a step: those that find room in it.
double SteadyState::most_others() const {
  const double s = load_.decode_steps();
  const double all = (slots_ - 1.0) / s;
  if (!scheduler_.mixed) return all;
  double low = 0.0;
  double high = all;
  if (steps_.most_prompts(1.0 + all * s) >= all) return all;
  for (int i = 0; i < 60 && high - low > 1e-12 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (steps_.most_prompts(1.0 + middle * s) >= middle ? low : high) = middle;
  }
  return low;
}

/// The n at which as many are in flight as there are slots.
SteadyPoint SteadyState::balance(const SteadyPoint& before) const {
  const double wanted = slots_ - 1.0;
  if (wanted <= 0.0) return at(0.0, before);
  const double most = most_others();
  SteadyPoint point = at(most, before);
  const double excess = in_flight(point) - wanted;
  if (excess <= 0.0) {
    point.saturated = true;
  } else {
    const double n = bracketed_root(0.0, most, -wanted, excess, [&](double others) {
      return in_flight(at(others, before)) - wanted;
    });
    point = at(n, before);
  }
  // Those for whom steps have no room are before it; a jump of what a step has room for likewise.
  const double before_it = wanted - in_flight(point);
  if (before_it > 0.0) {
    const Seconds wait = before_it / std::max(point.others, 1e-12) * point.period;
    point.terms.excess += wait;
    point.first += wait;
  }
  return point;
}

/// Whether what was evaluated tells what a point's steps take.
bool SteadyState::known(const SteadyPoint& point) const {
  const Seconds scale = point.step + point.others * point.delay;
  const auto near = [&](Seconds off, Seconds of, double share) {
    return max(off, Seconds{} - off) <= share * of;
  };
  const double b = curves_.nearest_decode(point.running);
  if (!near(curves_.decode(point.running) - curves_.decode(b), scale, 0.004)) return false;
  if (point.running > 1.5 && std::abs(b - point.running) > 0.15 * point.running) return false;
  const double moved = std::abs(point.running - curves_.beside());
  if (scheduler_.mixed && moved > 0.05 * point.running + 0.5) {
    if (point.others * point.delay > 0.02 * scale) return false;
  }
  const auto prompts = [&](double n) {
    const double at = curves_.nearest_prompts(n);
    return std::abs(at - n) <= 0.1 * n;
  };
  const double full = std::min(point.most, slots_);
  if (point.long_prompt(scheduler_.split)) return prompts(full);
  return prompts(std::min(point.crowd.mean, point.most)) &&
         prompts(std::min(point.crowd.own, point.most)) && prompts(full);
}

void SteadyState::evaluate(const SteadyPoint& near) {
  curves_.evaluate_decode(near.running);
  if (scheduler_.mixed) curves_.forget_prompts();
  const double most = std::max(steps_.most_prompts(near.running), tiny);
  const double full = std::min(most, slots_);
  const bool busy = busy_ > 0.0;
  curves_.evaluate_prompts(full, busy);
  if (scheduler_.split && most < 1.0) return;
  curves_.evaluate_prompts(std::min(near.crowd.own, full), busy);
  curves_.evaluate_prompts(std::min(near.crowd.mean, full), busy);
}

SteadyPoint SteadyState::solve() {
  SteadyPoint point;
  // Where decodes of all slots leave no room for prompts, there are never as many.
  point.running = std::min(slots_, 1.0 + most_others() * load_.decode_steps());
  point.most = std::max(steps_.most_prompts(point.running), tiny);
  if (point.running < slots_) alone_ = curves_.evaluate_decode(slots_);
  evaluate(point);
  if (point.running >= slots_) alone_ = curves_.alone();
  point.step = alone_.step;
  point.decode = load_.decode_steps() * point.step;
  point.first = scheduler_.front_latency + curves_.latency(1.0);
  double low = 1.0;
  double high = slots_;
  for (int i = 0; i < most_rounds; ++i) {
    if (finite_) {
      const Crowd crowd = crowd_of_waves(point);
      point.crowd = i < 6 ? crowd : half_way(point.crowd, crowd);
    }
    const SteadyPoint next = balance(point);
    const Seconds moved = max(next.decode - point.decode, point.decode - next.decode) +
                          max(next.first - point.first, point.first - next.first);
    const bool still = moved <= settled * next.cycle();
    point = next;
    if (known(point)) {
      if (still) break;
      continue;
    }
    // Steps are evaluated where the loop went, or half way if it went back and forth.
    (next.running > curves_.beside() ? low : high) = curves_.beside();
    SteadyPoint where = next;
    if (i > 3 && (where.running < low || where.running > high)) {
      where.running = 0.5 * (low + high);
    }
    evaluate(where);
  }
  return point;
}

SteadyPoint SteadyState::prompts_only() {
  SteadyPoint point;
  point.running = 1.0;
  alone_ = curves_.evaluate_decode(slots_);
  point.most = steps_.most_prompts(0.0);
  const double full = std::min(point.most, slots_);
  const Seconds front = scheduler_.front_latency;
  curves_.evaluate_prompts(full, false);
  const auto loop = [&](double n) {  // F, of n prompts in every step
    const Seconds step = curves_.follow(n);
    const double behind = n < 1.0 ? 1.0 / n - 1.0 : 0.0;
    return (max(step, front + 0.5 * step) + (scheduler_.lag + behind) * step) + curves_.latency(n);
  };
  const auto in_flight = [&](double n) { return n * (loop(n) / curves_.follow(n)); };
  double n = full;
  if (slots_ <= 1.0 || full <= 1.0) {
    point.first = front + curves_.latency(full) + (1.0 / full - 1.0) * curves_.follow(full);
    if (slots_ > 1.0) point.first = max(point.first, slots_ / full * curves_.follow(full));
  } else {
    curves_.evaluate_prompts(1.0, false);
    for (int i = 0; i < 4; ++i) {
      n = full;
      if (in_flight(full) > slots_) {
        n = in_flight(1.0) >= slots_
                ? 1.0
                : bracketed_root(1.0, full, in_flight(1.0) - slots_, in_flight(full) - slots_,
                                 [&](double x) { return in_flight(x) - slots_; });
      }
      if (std::abs(curves_.nearest_prompts(n) - n) <= 0.02 * n) break;
      curves_.evaluate_prompts(n, false);
    }
    // Where less than a prompt comes in a step's time, the engine is idle in between.
    const Seconds light = front + curves_.latency(1.0) * (1.0 + 0.5 * std::min(1.0, slots_ - 1.0));
    point.first =
        n > 1.0 ? slots_ / n * curves_.follow(n) : max(slots_ * curves_.follow(1.0), light);
  }
  point.delay = curves_.follow(n) / n;
  point.crowd.own = point.crowd.mean = point.crowd.typical = std::max(n, 1.0);
  point.step = curves_.follow(n);
  point.terms.own = curves_.latency(n) + (1.0 / std::min(n, 1.0) - 1.0) * curves_.follow(n);
  point.terms.running = min(front, point.first - point.terms.own);
  point.terms.excess = max(point.first - point.terms.sum(), Seconds{});
  point.first = point.terms.sum();
  return point;
}

Seconds SteadyState::first_wave(const SteadyPoint& point) const {
  const double full = std::min(point.most, slots_);
  const double k = slots_ / full;
  const double turns =
      scheduler_.split ? std::max((k + 1.0) / 2.0, 1.0) : (std::ceil(k - 1e-9) + 1.0) / 2.0;
  const Seconds bare =
      scheduler_.mixed ? steps_.prompts_alone(full).latency : curves_.latency(full);
  return scheduler_.stall + scheduler_.front_latency + bare + (turns - 1.0) * curves_.follow(full);
}

}  // namespace infersim::detail
