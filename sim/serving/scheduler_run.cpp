#include "serving/scheduler_run.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace infersim::detail {
namespace {

constexpr double never = 1e300;
constexpr double tiny = 1e-12;

/// Half of longest less shortest, so that no length is below one.
double half_width(double mean, double width) {
  return std::max(0.0, std::min(0.5 * width * mean, mean - 1.0));
}

/// A moment later, however late it is.
double after(double time) { return time * (1.0 + 1e-12) + 1e-9; }

}  // namespace

SchedulerRun::SchedulerRun(const GroupSteps& steps, const ServingLoad& load,
                           const Scheduler& scheduler, double slots)
    : load_(load),
      scheduler_(scheduler),
      chunked_(scheduler.split && scheduler.budget < load.new_tokens()),
      grid_(steps, std::min(load.new_tokens(), scheduler.budget), chunked_),
      front_(scheduler.front_latency.base()),
      finite_(std::isfinite(load.waves)),
      stages_(static_cast<std::size_t>(load.pp)) {
  // Of more requests than are run the queue for slots stays what it is, one of one more cycle for
  // each that waits; only where all find slots soon does it matter who comes when.
  const double flight =
      finite_ ? std::max(load.per_group(), 1.0) : std::min(load.per_group(), most_queue * slots);
  alike_ = load.osl_width == 0.0 && load.isl_width == 0.0 && load.tokens_per_step == 1.0;
  // Requests of one length come together again and again: fewer do, and for longer.
  const double most = alike_ ? 0.25 * most_slots : most_slots;
  count_ = static_cast<std::size_t>(std::clamp(std::round(flight), 1.0, most));
  weight_ = flight / static_cast<double>(count_);
  slots_ = std::max(1.0, std::round(slots / weight_));
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

double SchedulerRun::length(double mean, double width) {
  const double half = half_width(mean, width);
  return half > 0.0 ? mean + half * (2.0 * random() - 1.0) : mean;
}

void SchedulerRun::draw(Slot& slot) {
  const double prompt = length(load_.traffic.isl, load_.isl_width);
  slot.whole = slot.left = weight_ * std::max(prompt - load_.past(), 1.0);
  const double tokens = std::floor(length(load_.traffic.osl, load_.osl_width) + random());
  const double steps = (tokens - 1.0) / load_.tokens_per_step;
  slot.steps = tokens > 1.0 ? std::max(1.0, std::floor(steps + random() - tiny)) : 0.0;
}

void SchedulerRun::end(Id id, double now) {
  Slot& slot = all_[id];
  if (finite_ || (slot.round > forget_ && slot.round <= until_)) {
    requests_ += 1.0;
    sum_decode_ += now - slot.first;
    sum_steps_ += slot.steps;
    sum_seen_ += slot.seen - (slot.free - slot.free_early);
    sum_excess_ += slot.begun - slot.seen;
    sum_own_ += slot.first - slot.early - slot.begun;
    samples_[sampled_++ % samples_.size()] =
        static_cast<float>(slot.first - slot.early - slot.free + slot.free_early);
    if (finite_ || slot.round == until_) --pending_;
  }
  if (slot.round == forget_) counting_ = true;
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
  transit_.push(id);
  free_ += 1.0;
}

/// `within`: time before `now` over which the first tokens of the requests of a slot came.
void SchedulerRun::first_token(Id id, double now, double within) {
  Slot& slot = all_[id];
  slot.first = now;
  slot.early = 0.5 * within * (1.0 - 1.0 / weight_);
  if (slot.steps <= 0.0) {
    end(id, now);
    return;
  }
  Part* part = &parts_[0];
  for (std::size_t i = 1; i < stages_; ++i) {
    if (parts_[i].decodes + parts_[i].coming < part->decodes + part->coming) part = &parts_[i];
  }
  (*part->ids)[part->decodes + part->coming++] = id;
}

/// Those whose first token is there decode from now on.
void SchedulerRun::join(Part& part, double start) {
  auto& ids = *part.ids;
  const auto later = [&](Id a, Id b) { return all_[a].last_step > all_[b].last_step; };
  const std::size_t all = part.decodes + part.coming;
  for (std::size_t i = part.decodes; i < all; ++i) {
    Slot& slot = all_[ids[i]];
    if (slot.first > start) break;  // steps end in the order in which they began
    slot.last_step = part.step + slot.steps;
    ++part.decodes;
    --part.coming;
    std::push_heap(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(part.decodes), later);
  }
}

/// Takes what has come.
void SchedulerRun::look(Part& part, double start) {
  const bool busy = part.decodes > 0 || waiting_.size > 0;
  if (busy && part.since_look + tiny < scheduler_.recv_interval) return;
  part.since_look = 0.0;
  const double lag = std::min(std::round(scheduler_.lag), 3.0);
  double seen = start;
  if (busy && lag > 0.0 && part.started >= lag) {
    seen = part.starts[static_cast<std::size_t>(part.started - lag) % part.starts.size()];
  }
  while (transit_.size > 0 && free_ > 0.5) {
    const double comes = all_[transit_.front()].free + front_;
    if (busy ? comes >= seen : comes > seen) break;  // too late as a step begins
    free_ -= 1.0;
    const Id id = transit_.front();
    transit_.pop();
    if (waiting_.size == 0) waited_ = 0.0;
    all_[id].seen = start;
    all_[id].begun = -1.0;
    waiting_.push(id);
  }
}

void SchedulerRun::release(const Part& part) {
  if (gathered_ >= waiting_.size) return;
  if (scheduler_.gather > 0.0 && part.decodes > 0 && waited_ < scheduler_.gather) return;
  gathered_ = waiting_.size;
  waited_ = 0.0;
}

SchedulerRun::Prompts SchedulerRun::take(double room, double start) {
  Prompts prompts;
  done_size_ = 0;
  const double each = load_.new_tokens();
  // Where a slot stands for several requests, as many of them go as whole prompts find room.
  if (!scheduler_.split && room > 0.0) {
    room = weight_ > 1.0 || load_.isl_width > 0.0
               ? std::max(std::floor(room / each * (1.0 + tiny)), 1.0) * each
               : std::max(room, all_[waiting_.front()].left);
  }
  while (gathered_ > 0 && room > tiny) {
    const Id id = waiting_.front();
    Slot& slot = all_[id];
    if (!scheduler_.split && weight_ <= 1.0 && slot.left > room + tiny && prompts.tokens > 0.0)
      break;
    const bool whole = !scheduler_.split && weight_ <= 1.0;
    const double now = whole ? slot.left : std::min(room, slot.left);
    if (slot.begun < 0.0) slot.begun = start;
    prompts.tokens += now;
    if (chunked_) {
      // From where in its prompt it goes on, of the requests that a slot stands for the first.
      const double from = std::fmod(slot.whole - slot.left, slot.whole / weight_);
      prompts.pairs += now * (load_.past() + from + 0.5 * now);
    }
    room -= now;
    slot.left -= now;
    prompts.unfinished = slot.left > 1e-9;
    if (prompts.unfinished) break;
    done_[done_size_++] = id;
    waiting_.pop();
    --gathered_;
  }
  prompts.requests = prompts.tokens / each;
  return prompts;
}

/// Where prompts stop the decodes of several parts: all that wait run, then each part has a decode
/// step before others are looked at.
bool SchedulerRun::may_prefill(const Part& part) {
  if (scheduler_.mixed || stages_ == 1) return true;
  const auto parts = std::span(parts_).first(stages_);
  if (gathered_ > 0 && !prefilling_) {
    prefilling_ = std::none_of(parts.begin(), parts.end(),
                               [](const Part& each) { return each.owed && each.decodes > 0; });
  }
  if (prefilling_ && gathered_ == 0) {
    prefilling_ = false;
    for (Part& each : parts)
      each.owed = true;
  }
  return prefilling_ || part.decodes == 0;
}

/// Steps like the next that follow it before anything changes: nothing waits and nothing ends or
/// comes, or the prompt that goes on fills them too.
double SchedulerRun::alike(const Part& part, double start, double time, double room) const {
  if (stages_ > 1) return 0.0;
  double more = never;
  if (part.decodes > 0) {
    more = all_[(*part.ids)[0]].last_step - part.step - 2.0;
  }
  if (room > 0.0) {
    // A prompt that goes on. Decodes do not go on beside it if prompts come first.
    if (!scheduler_.mixed) more = never;
    return std::max(0.0, std::min(more, std::ceil(all_[waiting_.front()].left / room) - 2.0));
  }
  if (transit_.size > 0 && free_ > 0.5) {
    const double comes = all_[transit_.front()].free + front_;
    more = std::min(more, std::floor((comes - start) / time) - 1.0);
  }
  return std::max(0.0, more);
}

/// Through the stages, one after the other; no step overtakes another.
double SchedulerRun::pass(double start, const GridStep& step) {
  if (stages_ == 1) return stage_free_[0] = start + step.time;
  const double other = std::max(step.time - step.occupancy, 0.0) / static_cast<double>(stages_ - 1);
  double now = start;
  for (std::size_t i = 0; i < stages_; ++i) {
    now = std::max(now, stage_free_[i]) + (i + 1 < stages_ ? other : step.occupancy);
    stage_free_[i] = now;
  }
  return now;
}

/// A part with nothing to do: until when it waits; false if it has something after all.
bool SchedulerRun::idle(Part& part, double& start) {
  double next = never;
  if (transit_.size > 0 && free_ > 0.5) next = all_[transit_.front()].free + front_;
  if (next <= start) return false;
  double other = never;
  for (std::size_t p = 0; p < stages_; ++p) {
    const Part& each = parts_[p];
    if (&each != &part && each.decodes > 0) other = std::min(other, after(each.ready));
    if (each.coming > 0) {
      const double first = all_[(*each.ids)[each.decodes]].first;
      other = std::min(other, after(std::max(each.ready, first)));
    }
  }
  part.started = 0.0;
  if (other < next) {
    part.ready = std::max(other, after(start));
    return true;
  }
  start = std::max(next, stage_free_[0]);
  return false;
}

bool SchedulerRun::launch() {
  Part* part = &parts_[0];
  for (std::size_t i = 1; i < stages_; ++i) {
    if (parts_[i].ready < part->ready) part = &parts_[i];
  }
  double start = std::max(part->ready, stage_free_[0]);
  join(*part, start);
  if (part->decodes == 0 && waiting_.size == 0) {
    if (idle(*part, start)) return true;
    join(*part, start);
  }
  look(*part, start);
  release(*part);
  const double running = weight_ * static_cast<double>(part->decodes);
  double room = scheduler_.budget;
  if (scheduler_.mixed) room -= running * load_.queries_per_sequence;
  Prompts prompts;
  done_size_ = 0;
  if (may_prefill(*part) && gathered_ > 0) prompts = take(room, start);
  const bool decodes = part->decodes > 0 && (scheduler_.mixed || prompts.tokens <= 0.0);
  if (!decodes && prompts.tokens <= 0.0) {
    part->ready = after(start);
    steps_ += 1.0;
    return true;
  }
  const double n = decodes ? running : 0.0;
  GridStep step = grid_.at(n, prompts.tokens);
  double more = 0.0;
  if (prompts.tokens <= 0.0) {
    more = waiting_.size > 0 ? 0.0 : alike(*part, start, step.time, 0.0);
  } else if (prompts.unfinished && done_size_ == 0) {
    more = alike(*part, start, step.time, prompts.tokens);
    all_[waiting_.front()].left -= more * prompts.tokens;
  }
  if (chunked_ && prompts.tokens > 0.0) {
    // Those of steps that are taken together are farther and farther into the prompt, and over all
    // of the prompts that a slot stands for as far as on average.
    const double usual = prompts.tokens / load_.new_tokens() * load_.prompt_pairs();
    const double further = more * prompts.tokens;
    if (further < load_.new_tokens() || weight_ <= 1.0) {
      step.time += step.by_pair * (prompts.pairs + 0.5 * further * prompts.tokens - usual);
    }
  }
  const double times = 1.0 + more;
  double now = pass(start, step);
  if (more > 0.0) stage_free_[0] = now = start + times * step.time;
  part->ready = now;
  part->starts[static_cast<std::size_t>(part->started) % part->starts.size()] =
      start + more * step.time;
  part->started += 1.0;
  steps_ += 1.0;
  if (counting_) {
    sum_energy_ += times * step.energy;
    if (prompts.tokens > 0.0) {
      sum_requests_ += times * prompts.requests;
      const double bare = n > 0.0 ? grid_.at(n, 0.0).time : 0.0;
      sum_delay_ += times * (step.time - bare);
      with_prompts_ += times;
    }
  }
  if (decodes) {
    part->step += times;
    part->since_look += times;
    part->owed = false;
    if (waiting_.size > 0) waited_ += times;
    const auto later = [&](Id a, Id b) { return all_[a].last_step > all_[b].last_step; };
    auto& ids = *part->ids;
    std::size_t gone = 0;
    while (part->decodes > 0 && all_[ids[0]].last_step <= part->step + 0.5) {
      const Id id = ids[0];
      std::pop_heap(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(part->decodes), later);
      --part->decodes;
      ++gone;
      end(id, now);
    }
    // Those that are to join lie behind those that decode.
    if (gone > 0 && part->coming > 0) {
      const auto from = ids.begin() + static_cast<std::ptrdiff_t>(part->decodes + gone);
      std::copy(from, from + static_cast<std::ptrdiff_t>(part->coming),
                from - static_cast<std::ptrdiff_t>(gone));
    }
  }
  for (std::size_t i = 0; i < done_size_; ++i) {
    const Id id = done_[i];
    first_token(id, now, std::max(now - all_[id].begun - step.time, 0.0));
  }
  return true;
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
  free_ = 0.0;
  counting_ = false;
  pending_ = count_;
  if (finite_) {
    start_together();
    return;
  }
  const double longest = load_.traffic.osl + half_width(load_.traffic.osl, load_.osl_width) + 1.0;
  const auto all = static_cast<double>(count_);
  const double offset = random();
  const double between = 2.0 + scheduler_.lag;  // steps from an answer's end to its successor
  const double step = grid_.at(weight_ * all / load_.pp, 0.0).time;
  double arrivals = 0.0;
  for (std::size_t i = 0; i < count_; ++i) {
    Slot& slot = all_[i];
    slot = Slot{};
    // Longer answers are met in proportion to their length.
    do
      draw(slot);
    while (load_.osl_width > 0.0 && random() * longest > slot.steps * load_.tokens_per_step + 1.0);
    // Of few slots anywhere, of many evenly.
    const double place =
        count_ < 64 ? random() : std::fmod((static_cast<double>(i) + random()) / all + offset, 1.0);
    const bool queues = static_cast<double>(i) >= slots_;
    const double at = place * (slot.steps + between);
    if (!queues && at < slot.steps) {
      slot.steps = std::floor(at) + 1.0;
      first_token(static_cast<Id>(i), 0.0, 0.0);
      continue;
    }
    if (!queues) arrivals = std::max(arrivals, (at - slot.steps) * step);
    slot.free = arrivals;
    slot.round = 1;
    transit_.push(static_cast<Id>(i));
    if (static_cast<double>(i) < slots_) free_ += 1.0;
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

RunMeans SchedulerRun::run() {
  const auto slots = static_cast<double>(count_);
  const double starts = finite_ ? 1.0 : std::clamp(std::floor(128.0 / slots), 1.0, 16.0);
  forget_ = alike_ ? 12 : count_ < 32 ? 5 : 3;
  until_ = forget_ + (count_ < 32 ? 4 : 2);
  RunMeans means;
  for (double i = 0; i < starts; ++i) {
    if (i > 0 && steps_ > most_steps * 0.9) break;
    start();
    while (pending_ > 0 && steps_ < most_steps)
      launch();
    // One start that did not come to its end tells nothing; of several the others do.
    if (pending_ > 0 && i == 0) return means;
  }
  means.settled = requests_ > 0 && sum_requests_ > 0;
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
