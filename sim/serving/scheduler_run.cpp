#include "serving/scheduler_run.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace infersim::detail {
namespace {

constexpr double never = 1e300;
constexpr double tiny = 1e-12;

/// A moment later, however late it is.
double after(double time) { return time * (1.0 + 1e-12) + 1e-9; }

}  // namespace

/// `within`: time before `now` over which the first tokens of the requests of a slot came.
void SchedulerRun::first_token(Id id, double now, double within) {
  Slot& slot = all_[id];
  slot.first = now;
  slot.early = 0.5 * within * (1.0 - 1.0 / weight_);
  if (flows_ && counting_ && slot.round > 0) count_first(slot);
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
    if (flows_ && counting_) sum_decode_ += part.ended - slot.first;
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
    room = weight_ > 1.0 ? std::max(std::floor(room / each * (1.0 + tiny)), 1.0) * each
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

/// Of `steps` of the decodes of a part that end `later` than the one before them.
void SchedulerRun::count_tokens(Part& part, double steps, double later) {
  part.ended += later;
  if (!flows_ || !counting_) return;
  sum_steps_ += steps * static_cast<double>(part.decodes);
  sum_decode_ += later * static_cast<double>(part.decodes);
}

/// Rounds of all parts that are alike: after one in which nothing was seen, joined or ended each
/// follows the one before it by the same time, until something comes or ends. A prompt that goes on
/// fills them with chunks, each farther into it than the one before.
void SchedulerRun::skip_rounds(double period) {
  const std::span<Part> parts(parts_.data(), stages_);
  double more = never;
  double ready = 0.0;
  double tokens = 0.0;
  double busy = 0.0;
  for (const Part& part : parts) {
    ready = std::max(ready, part.ready);
    tokens += part.tokens;
    busy += part.busy_by_token;
    if (part.coming > 0) return;
    if (part.decodes > 0 && (scheduler_.mixed || tokens <= 0.0)) {
      more = std::min(more, all_[(*part.ids)[0]].last_step - part.step - 1.0);
    }
  }
  if (tokens > 0.0) {
    more = std::min(more, std::floor(all_[waiting_.front()].left / tokens) - 2.0);
  } else if (waiting_.size > 0) {
    return;
  } else if (transit_.size > 0 && free_ > 0.5) {
    const double comes = all_[transit_.front()].free + front_;
    more = std::min(more, std::floor((comes - ready) / period) - 1.0);
  }
  if (more < 1.0) return;
  double skipped = more * period;
  if (tokens > 0.0) {
    skipped += 0.5 * more * (more + 1.0) * tokens * busy;
    all_[waiting_.front()].left -= more * tokens;
  }
  for (std::size_t p = 0; p < stages_; ++p) {
    Part& part = parts[p];
    part.ready += skipped;
    stage_free_[p] += skipped;
    for (double& start : part.starts)
      start += skipped;
    if (counting_) {
      sum_energy_ += more * part.energy;
      sum_requests_ += more * part.tokens / load_.new_tokens();
      sum_delay_ += more * part.delay;
      if (part.tokens > 0.0) with_prompts_ += more;
    }
    if (part.decodes == 0 || (tokens > 0.0 && !scheduler_.mixed)) continue;
    part.step += more;
    part.since_look += more;
    if (waiting_.size > 0) waited_ += more;
    count_tokens(part, more, skipped);
  }
  steps_ += 1.0;
}

bool SchedulerRun::launch() {
  Part* part = &parts_[0];
  for (std::size_t i = 1; i < stages_; ++i) {
    if (parts_[i].ready < part->ready) part = &parts_[i];
  }
  double start = std::max(part->ready, stage_free_[0]);
  const std::size_t before = part->decodes;
  join(*part, start);
  if (part->decodes == 0 && waiting_.size == 0) {
    if (idle(*part, start)) return true;
    join(*part, start);
  }
  const bool joined = part->decodes > before;
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
      const double pairs = prompts.pairs + 0.5 * further * prompts.tokens - usual;
      step.time += step.by_pair * pairs;
      step.occupancy += step.busy_by_pair * pairs;
    }
  }
  const double times = 1.0 + more;
  double now = pass(start, step);
  if (more > 0.0) stage_free_[0] = now = start + times * step.time;
  const double period = now - part->ready;
  part->ready = now;
  part->energy = step.energy;
  part->tokens = prompts.tokens;
  part->busy_by_token = weight_ <= 1.0 ? step.busy_by_pair * prompts.tokens : 0.0;
  part->delay = 0.0;
  const bool goes_on = prompts.unfinished && done_size_ == 0;
  const bool alike = !joined && (waiting_.size == 0 || goes_on);
  calm_ = alike && goes_on == going_on_ ? calm_ + 1 : 0;
  going_on_ = goes_on;
  part->starts[static_cast<std::size_t>(part->started) % part->starts.size()] =
      start + more * step.time;
  part->started += 1.0;
  steps_ += 1.0;
  if (counting_) {
    sum_energy_ += times * step.energy;
    if (prompts.tokens > 0.0) {
      sum_requests_ += times * prompts.requests;
      const double bare = n > 0.0 ? grid_.at(n, 0.0).time : 0.0;
      part->delay = step.time - bare;
      sum_delay_ += times * part->delay;
      with_prompts_ += times;
    }
  }
  if (decodes) {
    count_tokens(*part, times, now - part->ended);
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
    if (gone > 0) calm_ = 0;
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
  if (stages_ > 1 && calm_ >= stages_) skip_rounds(period);
  return true;
}

}  // namespace infersim::detail
