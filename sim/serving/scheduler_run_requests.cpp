#include <algorithm>
#include <cmath>
#include <utility>

#include "serving/scheduler_run.hpp"

// Of a run of the scheduler: its requests, from their start to what was seen of them.

namespace infersim::detail {
namespace {

constexpr double tiny = 1e-12;

/// Half of longest less shortest, so that no length is below one.
double half_width(double mean, double width) {
  return std::max(0.0, std::min(0.5 * width * mean, mean - 1.0));
}

/// Mean of samples, and how well it is known.
class Spread {
 public:
  void add(double x) {
    count_ += 1.0;
    sum_ += x;
    squares_ += x * x;
  }
  /// Whether the standard error of the mean is below `share` of it.
  [[nodiscard]] bool known(double share) const {
    const double mean = sum_ / count_;
    const double variance = std::max(squares_ / count_ - mean * mean, 0.0);
    return variance <= share * share * mean * mean * std::max(count_ - 1.0, 1.0);
  }

 private:
  double count_ = 0;
  double sum_ = 0;
  double squares_ = 0;
};

}  // namespace

SchedulerRun::SchedulerRun(const GroupSteps& steps, const ServingLoad& load,
                           const Scheduler& scheduler, double slots, const RunLimits& limits)
    : load_(load),
      scheduler_(scheduler),
      chunked_(scheduler.split && scheduler.budget < load.new_tokens()),
      grid_(steps, std::min(load.new_tokens(), scheduler.budget), chunked_),
      front_(scheduler.front_latency.base()),
      finite_(std::isfinite(load.waves)),
      flows_(!finite_ && load.pp > 1 && load.traffic.osl >= 64.0),
      half_prompt_(half_width(load.traffic.isl, load.isl_width)),
      half_answer_(half_width(load.traffic.osl, load.osl_width)),
      past_(load.past()),
      stages_(static_cast<std::size_t>(load.pp)),
      most_steps_(limits.steps) {
  const double most = std::min(limits.slots, 1.0 * most_slots);
  // Of more requests than are run the queue for slots stays what it is, one of one more cycle for
  // each that waits; only where all find slots soon does it matter who comes when.
  const double flight =
      finite_ ? std::max(load.per_group(), 1.0) : std::min(load.per_group(), most_queue * slots);
  count_ = static_cast<std::size_t>(std::clamp(std::round(flight), 1.0, most));
  weight_ = flight / static_cast<double>(count_);
  slots_ = std::max(1.0, std::floor(slots / weight_ * (1.0 + 1e-12)));
  if (weight_ > 1.0 && slots < flight) {
    // A whole number of those that run: no more than there are slots.
    weight_ = slots / slots_;
    count_ = static_cast<std::size_t>(std::clamp(std::round(flight / weight_), 1.0, most));
  }
  for (std::size_t i = 0; i < stages_; ++i)
    parts_[i].ids = &ids_[i];
}

/// Uniform from 0 to 1: splitmix64.
double SchedulerRun::random() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return static_cast<double>((z ^ (z >> 31U)) >> 11U) * 0x1p-53;
}

double SchedulerRun::length(double mean, double half) {
  return half > 0.0 ? mean + half * (2.0 * random() - 1.0) : mean;
}

void SchedulerRun::draw(Slot& slot) {
  const double prompt = length(load_.traffic.isl, half_prompt_);
  slot.whole = slot.left = weight_ * std::max(prompt - past_, 1.0);
  const double tokens = std::floor(length(load_.traffic.osl, half_answer_) + random());
  const double steps = (tokens - 1.0) / load_.tokens_per_step;
  slot.steps = tokens > 1.0 ? std::max(1.0, std::floor(steps + random() - tiny)) : 0.0;
}

/// What a request waited for before its first token.
void SchedulerRun::count_first(const Slot& slot) {
  requests_ += 1.0;
  sum_seen_ += slot.seen - (slot.free - slot.free_early);
  sum_excess_ += slot.begun - slot.seen;
  sum_own_ += slot.first - slot.early - slot.begun;
  samples_[sampled_++ % samples_.size()] =
      static_cast<float>(slot.first - slot.early - slot.free + slot.free_early);
}

void SchedulerRun::end(Id id, double now) {
  Slot& slot = all_[id];
  if (flows_) {
    if (pending_ > 0) --pending_;
    const bool counts = static_cast<double>(pending_) <= counted * static_cast<double>(count_);
    if (counts && counting_) window_ += now - before_;
    counting_ = counts;
    before_ = now;
  } else if (finite_ || (slot.round > forget_ && slot.round <= until_)) {
    count_first(slot);
    sum_decode_ += now - slot.first;
    sum_steps_ += slot.steps;
    if (finite_ || slot.round == until_) --pending_;
  }
  if (!flows_ && slot.round == forget_) counting_ = true;
  last_end_ = std::max(last_end_, now);
  if (finite_) {
    if (slot.round == 0) sum_first_ += slot.first - slot.early - slot.free;
    free_ += 1.0;
    if (left_ < 0.5) return;
    left_ -= 1.0;
    free_ -= 1.0;
  }
  slot.round += 1;
  slot.free = now;
  slot.free_early = slot.early;
  draw(slot);
  send(id);
  free_ += 1.0;
}

/// To the scheduler, behind all that came before: at the start of a run some come later.
void SchedulerRun::send(Id id) {
  transit_.push(id);
  for (std::size_t i = transit_.size - 1; i > 0; --i) {
    Id& before = transit_.at(i - 1);
    if (all_[before].free <= all_[id].free) break;
    std::swap(before, transit_.at(i));
  }
}

void SchedulerRun::start() {
  for (std::size_t p = 0; p < stages_; ++p) {
    auto* const ids = parts_[p].ids;
    parts_[p] = Part{};
    parts_[p].ids = ids;
  }
  stage_free_.fill(0.0);
  transit_.head = transit_.size = waiting_.head = waiting_.size = 0;
  gathered_ = 0;
  prefilling_ = false;
  waited_ = 0.0;
  calm_ = 0;
  going_on_ = false;
  free_ = 0.0;
  counting_ = false;
  pending_ = count_;
  if (flows_) {
    // Some requests of every slot, so that what the start brought together has parted.
    const double all = (load_.alike() ? 1.5 : 0.5) + counted;
    pending_ = static_cast<std::size_t>(std::ceil(all * static_cast<double>(count_)));
  }
  if (finite_) {
    start_together();
    return;
  }
  const double longest = load_.traffic.osl + half_answer_ + 1.0;
  const double between = 2.0 + scheduler_.lag;  // steps from an answer's end to its successor
  const double step = grid_.at(in_flight() / load_.pp, 0.0).time;
  for (std::size_t i = 0; i < count_; ++i) {
    Slot& slot = all_[i];
    slot = Slot{};
    // Longer answers are met in proportion to their length.
    do
      draw(slot);
    while (load_.osl_width > 0.0 && random() * longest > slot.steps * load_.tokens_per_step + 1.0);
    const double place = random();
    const bool queues = static_cast<double>(i) >= slots_;
    const double at = place * (slot.steps + between);
    if (!queues && at < slot.steps) {
      slot.steps = std::floor(at) + 1.0;
      first_token(static_cast<Id>(i), 0.0, 0.0);
      continue;
    }
    slot.free = queues ? 0.0 : (at - slot.steps) * step;
    slot.round = 1;
    send(static_cast<Id>(i));
    if (!queues) free_ += 1.0;
  }
}

/// All requests come at once, the first of `left_`.
void SchedulerRun::start_together() {
  free_ = slots_;
  const auto all = static_cast<double>(count_);
  const double total = std::max(all, std::round(load_.waves * all));
  left_ = total - all;
  pending_ = static_cast<std::size_t>(total);
  counting_ = true;
  for (std::size_t i = 0; i < count_; ++i) {
    Slot& slot = all_[i];
    slot = Slot{};
    draw(slot);
    transit_.push(static_cast<Id>(i));
  }
  for (std::size_t p = 0; p < stages_; ++p)
    parts_[p].ready = scheduler_.stall.base();
}

/// Whether as many requests are in flight as there are: Little's law, which does not hold where the
/// places that requests were given at the start are not those of a steady state.
bool SchedulerRun::steady() const {
  if (!flows_) return true;
  const double decode = load_.decode_steps() * (sum_decode_ / sum_steps_);
  const double request = (sum_seen_ + sum_excess_ + sum_own_) / requests_ + decode;
  const double flight = requests_ / window_ * request / static_cast<double>(count_);
  return std::abs(flight - 1.0) < 0.2;
}

RunMeans SchedulerRun::run() {
  const auto slots = static_cast<double>(count_);
  // What comes of a start depends on who meets whom in it: there are more until their mean is
  // known.
  const double starts = finite_ ? 1.0 : 64.0;
  const double least = std::clamp(std::floor(256.0 / slots), 1.0, 8.0);
  Spread decodes;
  Spread firsts;
  forget_ = load_.alike() ? 12 : count_ < 32 ? 5 : 3;
  until_ = forget_ + (count_ < 32 ? 4 : 2);
  RunMeans means;
  for (double i = 0; i < starts; ++i) {
    if (i > 0 && steps_ > most_steps_ * 0.9) break;
    start();
    const double requests = requests_;
    const double decode = sum_decode_;
    const double tokens = sum_steps_;
    const double first = sum_seen_ + sum_excess_ + sum_own_;
    while (pending_ > 0 && steps_ < most_steps_)
      launch();
    // One start that did not come to its end tells nothing; of several the others do.
    if (pending_ > 0 && i == 0) return means;
    if (pending_ > 0 || requests_ <= requests) break;
    decodes.add((sum_decode_ - decode) / (flows_ ? sum_steps_ - tokens : requests_ - requests));
    firsts.add((sum_seen_ + sum_excess_ + sum_own_ - first) / (requests_ - requests));
    if (i + 1.0 >= least && decodes.known(0.01) && firsts.known(0.03)) break;
  }
  means.settled = requests_ > 0 && sum_requests_ > 0 && steady();
  if (!means.settled) return means;
  // Of the mean answer: those that were drawn may be longer or shorter on average.
  const double steps = load_.decode_steps();
  if (sum_steps_ > 0.0) means.decode = Seconds{steps * (sum_decode_ / sum_steps_)};
  means.first = Seconds{sum_first_ / slots};
  means.span = Seconds{last_end_};
  means.requests = weight_ * requests_;
  means.seen = Seconds{sum_seen_ / requests_};
  means.excess = Seconds{sum_excess_ / requests_};
  means.own = Seconds{sum_own_ / requests_};
  means.delay = Seconds{std::max(sum_delay_, 0.0) / sum_requests_};
  means.energy = Joules{sum_energy_ / sum_requests_};
  means.prompts = sum_requests_ / std::max(with_prompts_, 1.0);
  const auto samples = static_cast<std::ptrdiff_t>(std::min(sampled_, samples_.size()));
  std::nth_element(samples_.begin(), samples_.begin() + samples / 2, samples_.begin() + samples);
  means.median = Seconds{samples_[static_cast<std::size_t>(samples / 2)]};
  return means;
}

}  // namespace infersim::detail
