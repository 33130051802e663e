#include "infersim/serving/pools.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "infersim/serving/closed_loop.hpp"
#include "serving/arrivals.hpp"
#include "serving/group_steps.hpp"

namespace infersim {
namespace {

constexpr int most_rounds = 100;
/// A wait that is about exponential has its median at ln 2 of its mean.
const double median_of_exponential = std::log(2.0);

ServingLoad load_on(const ServingPool& pool, ServingLoad load) {
  load.dp = pool.workers * pool.dp;
  load.pp = pool.pp;
  return load;
}

/// What prefill steps of an engine take: linear from one prompt in all over one in each group to
/// full steps.
class PrefillSteps {
 public:
  PrefillSteps(const ServingPool& pool, const ServingLoad& load) : groups_(pool.dp) {
    const ServingLoad local = load_on(pool, load);
    Scheduler scheduler = pool.scheduler;
    scheduler.mixed = false;
    const PrefillProfile unused;
    const detail::GroupSteps steps({pool.model, pool.model, unused}, local, scheduler);
    const detail::GroupSteps lone({pool.lone, pool.lone, unused}, local, scheduler);
    const double most = std::min(steps.most_prompts(0.0), std::max(scheduler.max_seqs, 1.0));
    // A prompt over the budget passes in several steps.
    const double part = std::min(most, 1.0);
    most_ = std::max(most, 1.0);
    full_ = whole(steps.prompts_alone(most), part);
    each_ = most > 1.0 ? whole(steps.prompts_alone(1.0), 1.0) : full_;
    lone_ = groups_ > 1.0 ? whole(lone.prompts_alone(part), part) : each_;
  }

  /// Prompts of a full step of an engine.
  [[nodiscard]] double most() const { return groups_ * most_; }
  [[nodiscard]] Seconds hold(double n) const { return of(&Step::hold, n); }
  [[nodiscard]] Seconds latency(double n) const { return of(&Step::latency, n); }
  /// Prompts a second that an engine sustains.
  [[nodiscard]] Frequency most_rate() const { return most() / full_.hold; }

  /// Prompts that come while a step of as many runs.
  [[nodiscard]] double prompts_at(Frequency rate) const {
    constexpr int rounds = 30;
    double prompts = 1.0;
    for (int i = 0; i < rounds; ++i)
      prompts = std::clamp(rate * hold(prompts), prompts, most());
    return prompts;
  }

 private:
  struct Step {
    Seconds hold;
    Seconds latency;
  };
  static Step whole(const detail::PromptStep& step, double part) {
    const Seconds rest = (1.0 / part - 1.0) * step.follow;
    return {step.hold + rest, step.latency + rest};
  }
  [[nodiscard]] Seconds of(Seconds Step::*what, double n) const {
    if (n < groups_) {
      const double share = (n - 1.0) / (groups_ - 1.0);
      return lone_.*what + std::max(share, 0.0) * (each_.*what - lone_.*what);
    }
    if (most_ <= 1.0) return full_.*what;
    const double share = (n / groups_ - 1.0) / (most_ - 1.0);
    return each_.*what + std::min(share, 1.0) * (full_.*what - each_.*what);
  }

  double groups_;
  double most_ = 1;  ///< prompts of a full step of a group
  Step lone_;
  Step each_;
  Step full_;
};

class PooledLoop {
 public:
  PooledLoop(const PooledService& service, const ServingLoad& load)
      : service_(service),
        load_(load),
        decode_load_(load_on(service.decode, load)),
        prefills_(service.prefill, load),
        engines_(service.prefill.workers),
        groups_(service.decode.groups()),
        flight_(std::max(load.batch, 1.0)),
        slots_(groups_ * std::max(service.decode.scheduler.max_seqs, 1.0)) {}

  PooledResult solve();

 private:
  /// What the loop settles at.
  struct Point {
    Seconds step;
    Seconds decode;
    Seconds first;
    Seconds entry;
    Frequency most;
    double running = 1;
  };
  [[nodiscard]] Point settle() const;
  [[nodiscard]] PooledTerms wait(Seconds width, const Point& point) const;
  [[nodiscard]] std::vector<PooledTerms> later_waves(const Point& point) const;
  [[nodiscard]] Seconds first_wave(const Point& point) const;
  [[nodiscard]] double company() const { return (flight_ - 1.0) / flight_; }

  const PooledService& service_;
  const ServingLoad& load_;
  ServingLoad decode_load_;
  PrefillSteps prefills_;
  double engines_;
  double groups_;
  double flight_;
  double slots_;
};

/// What a request waits for whose wave comes within `width`.
PooledTerms PooledLoop::wait(Seconds width, const Point& point) const {
  const double each = flight_ / engines_;
  const Frequency others = company() * each / width;
  PooledTerms terms;
  terms.front = service_.prefill.scheduler.front_latency;
  terms.transfer = service_.transfer;
  terms.entry = point.entry;
  const double prompts = prefills_.prompts_at(others);
  const Seconds hold = prefills_.hold(prompts);
  terms.running = std::min(others * hold / prompts, 1.0) * hold / 2.0;
  terms.own = prefills_.latency(prompts);
  const double load = std::min(others / prefills_.most_rate(), 1.0);
  const double idle = std::max(1.0 - load, 1.0 / std::sqrt(each));
  const double queued = std::pow(load, std::sqrt(2.0 * (prefills_.most() + 1.0))) / (2.0 * idle);
  terms.excess = queued / prefills_.most_rate();
  terms.queue = max(flight_ / point.most - point.decode - terms.sum(), Seconds{});
  return terms;
}

std::vector<PooledTerms> PooledLoop::later_waves(const Point& point) const {
  const detail::Arrivals arrivals{flight_ / engines_ / prefills_.most_rate(),
                                  detail::spread_of(load_) * point.decode,
                                  point.decode + point.first};
  std::vector<PooledTerms> waves;
  for (const Seconds& width : detail::wave_widths(arrivals, load_.waves))
    waves.push_back(wait(width, point));
  return waves;
}

PooledTerms mean_of(const std::vector<PooledTerms>& waves) {
  PooledTerms mean;
  const double share = 1.0 / static_cast<double>(waves.size());
  for (const PooledTerms& each : waves) {
    mean.front += share * each.front;
    mean.running += share * each.running;
    mean.excess += share * each.excess;
    mean.own += share * each.own;
    mean.transfer += share * each.transfer;
    mean.entry += share * each.entry;
    mean.queue += share * each.queue;
  }
  return mean;
}

PooledLoop::Point PooledLoop::settle() const {
  constexpr double damping = 0.7;
  Point point;
  point.running = std::max(1.0, std::min(flight_, slots_) / groups_);
  for (int i = 0; i < most_rounds; ++i) {
    Point next = point;
    next.step = decode_alone(service_.decode.model, decode_load_, point.running).step;
    next.decode = load_.decode_steps() * next.step;
    const Scheduler& answers = service_.decode.scheduler;
    next.entry = company() * (answers.recv_interval / 2.0 + answers.lag) * next.step;
    const Seconds held = next.decode + service_.transfer + next.entry;
    next.most = min(engines_ * prefills_.most_rate(), slots_ / held);
    if (service_.transfer > Seconds{}) {
      const double links = std::min(service_.prefill.groups(), groups_);
      next.most = min(next.most, links / service_.transfer);
    }
    next.first = mean_of(later_waves(next)).sum();
    const double running = flight_ / groups_ * (next.decode / (next.decode + next.first));
    next.running = std::max(1.0, running);
    const double moved = std::abs(next.running - point.running) / next.running +
                         std::abs((next.first - point.first) / (next.decode + next.first));
    next.running = point.running + damping * (next.running - point.running);
    if (i > 0) next.first = point.first + damping * (next.first - point.first);
    point = next;
    if (i > 0 && moved < 1e-9) break;
  }
  return point;
}

/// Mean of the first wave: all at once into idle pools.
Seconds PooledLoop::first_wave(const Point& point) const {
  const double each = std::min(flight_, slots_) / engines_;
  const double full = std::min(each, prefills_.most());
  const double steps = each / full;
  const double turns = service_.prefill.scheduler.split ? std::max((steps + 1.0) / 2.0, 1.0)
                                                        : (std::ceil(steps - 1e-9) + 1.0) / 2.0;
  const Seconds prefilled = service_.prefill.scheduler.stall + point.entry + service_.transfer +
                            service_.prefill.scheduler.front_latency + prefills_.latency(full) +
                            (turns - 1.0) * prefills_.hold(full);
  if (flight_ <= slots_) return prefilled;
  // Those beyond the slots follow as the first, then the second, … of each slot end.
  const double beyond = flight_ / slots_ - 1.0;
  return prefilled + beyond / (1.0 + beyond) * std::max(1.0, (beyond + 1.0) / 2.0) * point.decode;
}

PooledResult PooledLoop::solve() {
  const Point point = settle();
  const std::vector<PooledTerms> later = later_waves(point);
  PooledResult result;
  result.terms = mean_of(later);
  result.ttft_steady = result.ttft = result.terms.sum();
  std::vector<Seconds> typical;
  for (const PooledTerms& each : later)
    typical.push_back(each.sum() - (1.0 - median_of_exponential) * each.excess);
  const auto middle = typical.begin() + static_cast<std::ptrdiff_t>(typical.size() / 2);
  std::nth_element(typical.begin(), middle, typical.end());
  result.ttft_median = *middle;
  if (std::isfinite(load_.waves)) {
    result.ttft_first = first_wave(point);
    result.ttft += (result.ttft_first - result.ttft_steady) / std::max(load_.waves, 1.0);
  }
  const double osl = load_.traffic.osl;
  if (osl > 1.0) result.tpot = point.decode / (osl - 1.0);
  result.decode_step = point.step;
  result.running = point.running;
  result.rate = flight_ / (point.decode + result.ttft_steady);
  result.prompts = prefills_.prompts_at(result.rate / engines_) / service_.prefill.dp;
  result.most = point.most;
  const Seconds cycle = result.ttft + point.decode;
  result.output_tokens = Tokens{flight_ * osl} / cycle;
  result.run_output_tokens = load_.share_of_run(point.decode, cycle) * result.output_tokens;
  return result;
}

}  // namespace

PooledResult pooled_loop(const PooledService& service, const ServingLoad& load) {
  return PooledLoop(service, load).solve();
}

}  // namespace infersim
