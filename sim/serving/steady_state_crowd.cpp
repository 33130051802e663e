#include <algorithm>
#include <cmath>

#include "serving/steady_state.hpp"

// Of a steady state: which requests meet, and how many wait.

namespace infersim::detail {
namespace {

constexpr double tiny = 1e-12;

}  // namespace

/// Whether prompts that stop the decodes follow each other as they come.
bool SteadyState::chained() const {
  return !finite_ && !scheduler_.mixed && scheduler_.recv_interval <= 1.0 &&
         (scheduler_.gather <= 0.0 || alike_);
}

double SteadyState::looks() const {
  return std::max({1.0, scheduler_.recv_interval, scheduler_.gather});
}

/// Of the prompts of a steady loop: those of the others come at random, n in each decode step.
Crowd SteadyState::crowd_of(const SteadyPoint& point) const {
  const double n = point.others;
  const double most = std::max(point.most, 1.0);
  double come = std::min(n * looks(), slots_ - 1.0);
  Crowd crowd;
  const double missed = missed_steps(point);
  const double front = scheduler_.front_latency / point.step;
  if (alike_ && scheduler_.recv_interval <= 1.0 && (!scheduler_.mixed || scheduler_.gather > 0.0)) {
    // Those that ended while the first of them waited go on together, so that in the end none are
    // within reach of each other; those on their way take a number of steps that differs.
    const double caught = scheduler_.gather > 0.0 ? missed : caught_steps(point);
    const double reach = (1.0 + std::min(1.0, front) * std::min(missed, 1.0)) * (1.0 + caught);
    come = n * reach;
    if (load_.decode_steps() + missed < 2.0 * reach) come = slots_ - 1.0;
    come = std::min(come, slots_ - 1.0);
  } else if (!scheduler_.mixed && looks() <= 1.0) {
    // Prompts that are seen stop the decodes, so that those on their way catch up with them.
    const double caught = caught_steps(point);
    crowd.chain = std::min(n * caught, std::max(slots_ - 1.0 - come, 0.0));
    crowd.waits = 1.0 - caught / std::max(missed, tiny) * 0.5 * crowd.chain / (1.0 + crowd.chain);
  }
  crowd.come = come;
  crowd.own = std::min(1.0 + come, most);
  crowd.mean = std::min(come > 1e-9 ? come / -std::expm1(-come) : 1.0, most);
  if (alike_ && !scheduler_.mixed) crowd.mean = crowd.own;
  // The median of a Poisson number lies about 1/3 below its mean.
  crowd.typical = std::min(1.0 + std::max(0.0, come - 0.35), crowd.own);
  crowd.behind = std::max(1.0 + come - most, 0.0) / 2.0;
  return crowd;
}

/// Decode steps from the end of a request to the step that can take its successor, where no prompt
/// comes before.
double SteadyState::missed_steps(const SteadyPoint& point) const {
  const double front = scheduler_.front_latency / point.step;
  const double gather = alike_ ? scheduler_.gather : 0.0;
  return alone_in_line(point) * std::max(1.0, front + 0.5) + lag_steps(point) + gather;
}

/// Whether a slot that is free has to wait for a request to come: not where enough of them queue.
double SteadyState::alone_in_line(const SteadyPoint& point) const {
  const double waiting = std::max(load_.per_group() - slots_, 0.0);
  if (waiting <= 0.0) return 1.0;
  const double front = scheduler_.front_latency / point.step;
  const double on_their_way = point.others * (std::max(1.0, front + 0.5) + scheduler_.lag);
  return std::clamp(1.0 - waiting / std::max(on_their_way, 1e-12), 0.0, 1.0);
}

/// Of the steps of overlapped scheduling those that are decode steps: where answers of one length
/// end in every step, the prompts of those before are among them.
double SteadyState::lag_steps(const SteadyPoint& point) const {
  const double lag = alone_in_line(point) * scheduler_.lag;
  return chained() && alike_ ? lag * std::exp(-point.others) : lag;
}

/// Decode steps whose prompts follow at once when a prompt stops the decodes that has missed some:
/// those that come before what runs is through, and of overlapped scheduling a step's more.
double SteadyState::caught_steps(const SteadyPoint& point) const {
  const double missed = missed_steps(point);
  const double slack = std::min(lag_steps(point), missed);
  const Seconds batch = curves_.hold(std::min(1.0 + point.others, std::max(point.most, 1.0)));
  const Seconds gap = min(scheduler_.front_latency, point.step);
  const double covers = gap > Seconds{} ? std::min(batch / gap, 1.0) : 1.0;
  return slack + (missed - slack) * covers * covers * covers;
}

/// Of the waves after the first, which came together: the mean over them.
Crowd SteadyState::crowd_of_waves(const SteadyPoint& before) const {
  const double full = std::min(before.most, slots_);
  const Seconds stagger = slots_ / full * curves_.hold(full);
  const Arrivals arrivals{stagger, spread_of(load_) * before.decode, before.cycle()};
  const WaveWidths waves = wave_widths(arrivals, load_.waves);
  const double most = std::max(before.most, 1.0);
  const double share = 1.0 / static_cast<double>(waves.count);
  Crowd crowd;
  crowd.own = crowd.mean = 0.0;
  for (const Seconds& width : waves) {
    const double load = std::min(stagger / width, 1.0);
    const double idle = std::max(1.0 - load, 1.0 / std::sqrt(slots_));
    const double others =
        std::min((slots_ - 1.0) * (looks() * before.step / width) / idle, slots_ - 1.0);
    const double own = std::min(1.0 + others, most);
    if (&width == waves.begin() + (waves.count - 1) / 2) {
      crowd.typical = std::min(1.0 + std::max(0.0, others - 0.35), own);
    }
    crowd.own += own * share;
    crowd.mean += std::min(others > 1e-9 ? others / -std::expm1(-others) : 1.0, most) * share;
    crowd.behind += std::max(1.0 + others - most, 0.0) / 2.0 * share;
  }
  return crowd;
}

/// Prompts before one for which steps beside decodes have no room. Those of requests that come at
/// random: Sakasegawa's queue of as many places as a step has, see pools.hpp; in waves that came
/// together they are counted in their crowd. Requests of one length make way for each other once
/// and for all, but where steps with prompts are longer, those on their way catch up with them:
/// they come in trains, none within reach of another.
double SteadyState::queued(const SteadyPoint& point) const {
  if (finite_ || !scheduler_.mixed || point.others <= 0.0) return 0.0;
  const double places = std::max(point.most, 1.0);
  if (!alike_) {
    const double load = std::min(point.others / std::max(point.most, tiny), 1.0 - 1e-9);
    const double width = load_.isl_width;
    const double varied = 0.5 * (1.0 + width * width / 12.0);
    return varied * std::pow(load, std::sqrt(2.0 * (places + 1.0))) / (1.0 - load);
  }
  const Seconds with = point.step + places * point.delay;
  const Seconds front = scheduler_.front_latency;
  const double bare = front / point.step + scheduler_.gather;
  const double train = std::min(2.0 * point.others * (1.0 + bare), slots_ - 1.0);
  const double caught = std::max(bare - std::max(front / with, 1.0), 0.0);
  return std::max(0.0, std::min(caught * places, 0.5 * (train - places)));
}

}  // namespace infersim::detail
