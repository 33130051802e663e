#include "serving/simulation.hpp"

#include <algorithm>
#include <cmath>

namespace infersim::test {
namespace {

/// Half of (longest - shortest), so that no length is below `least`.
double half_width(double mean, double width, double least) {
  return std::max(0.0, std::min(0.5 * width * mean, mean - least));
}

/// A moment later, however late it is.
double after(double time) { return time * (1.0 + 1e-12) + 1e-9; }

}  // namespace

Simulation::Simulation(const StepModel& model, const ServingLoad& load, const Scheduler& scheduler,
                       std::uint32_t seed, bool direct)
    : times_(model, load, direct),
      load_(load),
      scheduler_(scheduler),
      random_(seed),
      batch_(std::max(1.0, std::round(load.per_group()))),
      slots_(std::max(1.0, std::min(batch_, std::floor(scheduler.max_seqs)))) {
  const double osl = load.traffic.osl;
  longest_answer_ = osl + half_width(osl, load.osl_width, 1.0) + 2;
}

Simulation::Request Simulation::draw() {
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  const auto length = [&](double mean, double width) {
    const double half = half_width(mean, width, 1.0);
    return half > 0.0 ? mean + half * (2.0 * unit(random_) - 1.0) : mean;
  };
  const auto rounded = [&](double x) { return std::floor(x + unit(random_)); };
  Request request;
  const double prompt = std::max(1.0, rounded(length(load_.traffic.isl, load_.isl_width)));
  request.left = std::max(1.0, prompt - load_.cached);
  request.past = prompt - request.left;
  const double tokens = std::max(1.0, rounded(length(load_.traffic.osl, load_.osl_width)));
  request.tokens = static_cast<std::int32_t>(tokens);
  const double steps = (tokens - 1.0) / load_.tokens_per_step;
  request.steps = tokens > 1.0 ? std::max(1, static_cast<std::int32_t>(rounded(steps - 1e-12))) : 0;
  return request;
}

void Simulation::submit(double now) {
  if (to_submit_ <= 0) return;
  --to_submit_;
  Request request = draw();
  request.arrival = now;
  request.index = submitted_++;
  const auto later = [](const Request& a, const Request& b) { return a.arrival < b.arrival; };
  if (queue_.empty() || queue_.back().arrival <= now) {
    queue_.push_back(request);
  } else {
    queue_.insert(std::upper_bound(queue_.begin(), queue_.end(), request, later), request);
  }
}

void Simulation::end(const Request& request, double now) {
  if (request.index >= from_ && request.index < until_) {
    ++counted_;
    sum_first_ += request.first - request.arrival;
    sum_decode_ += now - request.first;
    sum_tokens_ += request.tokens - 1;
  }
  if (request.index >= 0) ++ended_;
  last_end_ = std::max(last_end_, now);
  free_.push_back(now);
  submit(now);
}

void Simulation::begin_decode(Request request, double now) {
  request.first = now;
  if (request.steps <= 0) {
    end(request, now);
    return;
  }
  // The part that has fewest takes it.
  Part* part = &parts_[0];
  for (Part& each : parts_) {
    if (each.decodes + static_cast<double>(each.coming.size()) <
        part->decodes + static_cast<double>(part->coming.size())) {
      part = &each;
    }
  }
  part->coming.push_back(request);
}

/// Those whose first token is there decode from now on.
void Simulation::join(Part& part, double start) {
  while (!part.coming.empty() && part.coming.front().first <= start) {
    const Request& request = part.coming.front();
    const auto at = static_cast<std::size_t>(part.step + request.steps) % part.ends.size();
    part.ends[at].push_back(request);
    part.decodes += 1;
    part.coming.pop_front();
  }
}

/// Takes what has come into slots.
void Simulation::look(Part& part, double start) {
  const bool busy = part.decodes > 0 || !waiting_.empty();
  if (busy && part.since_look < scheduler_.recv_interval) return;
  part.since_look = 0;
  double seen = start;
  const auto lag = static_cast<std::size_t>(scheduler_.lag);
  if (busy && lag > 0 && part.starts.size() >= lag) seen = part.starts[part.starts.size() - lag];
  const double front = scheduler_.front_latency.base();
  while (!queue_.empty() && !free_.empty() && free_.front() <= start) {
    const double comes = queue_.front().arrival + front;
    if (busy ? comes >= seen : comes > seen) break;
    if (waiting_.empty()) waited_ = 0;
    waiting_.push_back(queue_.front());
    queue_.pop_front();
    free_.pop_front();
  }
}

/// Prompts that wait are gathered.
void Simulation::release(const Part& part) {
  if (ready_prompts_ >= static_cast<double>(waiting_.size())) return;
  if (scheduler_.gather > 0 && part.decodes > 0 && waited_ < scheduler_.gather) return;
  ready_prompts_ = static_cast<double>(waiting_.size());
  waited_ = 0;
}

/// Prompts for a step: what has room in it.
Simulation::Prompts Simulation::take(const Part& part) {
  Prompts prompts;
  double room = scheduler_.budget;
  if (scheduler_.mixed) room -= part.decodes * load_.queries_per_sequence;
  done_.clear();
  while (ready_prompts_ > 0 && room > 0) {
    Request& request = waiting_.front();
    if (!scheduler_.split && request.left > room && prompts.sequences > 0) break;
    const double now = scheduler_.split ? std::min(room, request.left) : request.left;
    prompts.sequences += 1;
    prompts.tokens += now;
    prompts.past += request.past;
    prompts.pairs += now * request.past + 0.5 * now * now;
    room -= now;
    request.left -= now;
    request.past += now;
    if (request.left > 1e-9) break;
    done_.push_back(request);
    waiting_.pop_front();
    ready_prompts_ -= 1;
  }
  return prompts;
}

/// Through the stages, one after the other; no step overtakes another. The busiest is the last.
double Simulation::pass(double start, const StepTimes::Times& times) {
  const std::size_t stages = parts_.size();
  if (stages == 1) return pipe_free_ = start + times.time;
  const double other = (times.time - times.occupancy) / static_cast<double>(stages - 1);
  double now = start;
  for (std::size_t i = 0; i < stages; ++i) {
    now = std::max(now, stage_free_[i]) + (i + 1 < stages ? other : times.occupancy);
    stage_free_[i] = now;
  }
  pipe_free_ = stage_free_[0];
  return now;
}

/// Where prompts stop the decodes of several parts: all that wait run, then each part has a decode
/// step before others are looked at.
bool Simulation::may_prefill(const Part& part) {
  if (scheduler_.mixed || parts_.size() == 1) return true;
  if (ready_prompts_ > 0 && !prefilling_) {
    prefilling_ = std::none_of(parts_.begin(), parts_.end(),
                               [](const Part& each) { return each.owed && each.decodes > 0; });
  }
  if (prefilling_ && ready_prompts_ == 0) {
    prefilling_ = false;
    for (Part& each : parts_)
      each.owed = true;
  }
  return prefilling_ || part.decodes == 0;
}

/// The next step of the part whose turn it is; false if nothing can run any more.
bool Simulation::launch() {
  // Parts that have something to do take turns; the one that is ready first goes first.
  Part* part = &parts_[0];
  for (Part& each : parts_) {
    if (each.ready < part->ready) part = &each;
  }
  double start = std::max(part->ready, pipe_free_);
  join(*part, start);
  if (part->decodes == 0 && waiting_.empty()) {
    // Nothing to do for it until something comes or another part has ended a step.
    double next = 1e300;
    if (!queue_.empty() && !free_.empty()) {
      next = std::max(queue_.front().arrival + scheduler_.front_latency.base(), free_.front());
    }
    if (next > start) {
      double other = 1e300;
      for (Part& each : parts_) {
        if (&each != part && each.decodes > 0) other = std::min(other, each.ready);
        if (!each.coming.empty()) {
          other = std::min(other, std::max(each.ready, each.coming.front().first));
        }
      }
      const double until = std::min(next, other < 1e300 ? after(other) : other);
      if (until >= 1e300) return false;
      part->ready = std::max(until, after(start));
      part->starts.clear();
      if (until < next) return true;
      start = std::max(next, pipe_free_);
    }
  }
  look(*part, start);
  release(*part);
  const Prompts prompts = may_prefill(*part) ? take(*part) : Prompts{};
  if (prompts.sequences == 0) done_.clear();
  const bool decodes = part->decodes > 0 && (scheduler_.mixed || prompts.sequences == 0);
  if (!decodes && prompts.sequences == 0) {
    part->ready = after(start);
    return true;
  }
  const double n = decodes ? part->decodes : 0.0;
  const StepTimes::Times times =
      prompts.sequences > 0
          ? times_.mixed(n, prompts.sequences, prompts.tokens, prompts.pairs, prompts.past)
          : times_.decode(n);
  if (prompts.sequences > 0) longest_ = std::max(longest_, times.time);
  const double now = pass(start, times);
  part->ready = now;
  part->starts.push_back(start);
  if (part->starts.size() > 8) part->starts.erase(part->starts.begin());
  steps_ += 1;
  if (decodes) {
    part->step += 1;
    part->since_look += 1;
    part->owed = false;
    if (!waiting_.empty()) waited_ += 1;
    auto& ends = part->ends[static_cast<std::size_t>(part->step) % part->ends.size()];
    part->decodes -= static_cast<double>(ends.size());
    for (const Request& each : ends)
      end(each, now);
    ends.clear();
  }
  for (const Request& each : done_)
    begin_decode(each, now);
  return true;
}

void Simulation::start(bool spread) {
  const auto ring = static_cast<std::size_t>(longest_answer_ / load_.tokens_per_step) + 3;
  parts_.assign(static_cast<std::size_t>(load_.pp), Part{});
  for (Part& part : parts_)
    part.ends.assign(ring, {});
  queue_.clear();
  waiting_.clear();
  free_.clear();
  ready_prompts_ = waited_ = pipe_free_ = 0;
  prefilling_ = false;
  stage_free_.assign(parts_.size(), 0.0);
  submitted_ = 0;
  ended_ = 0;
  last_end_ = 0;
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(slots_); ++i) {
    if (!spread) {
      free_.push_back(0);
      continue;
    }
    // Longer answers are met in proportion to their length.
    Request request = draw();
    while (unit(random_) * longest_answer_ > request.tokens)
      request = draw();
    // Some are between the end of an answer and the first token of the next.
    const double between = 2.0 + scheduler_.lag;
    const double at = unit(random_) * (request.steps + between);
    if (at < request.steps) {
      request.index = -1;
      request.steps = static_cast<std::int32_t>(at) + 1;
      begin_decode(request, 0.0);
    } else {
      free_.push_back(0.0);
      submit((at - request.steps) * times_.decode(std::ceil(slots_ / load_.pp)).time);
    }
  }
  const double queued = spread ? batch_ - slots_ : batch_;
  for (double i = 0; i < queued; ++i)
    submit(0.0);
}

Simulation::Means Simulation::run(double work) {
  Means means;
  double span = 0;
  double tokens = 0;
  if (std::isfinite(load_.waves)) {
    to_submit_ = std::llround(load_.waves * batch_);
    from_ = 0;
    until_ = to_submit_;
    start(false);
    for (Part& part : parts_)
      part.ready = scheduler_.stall.base();
    while (counted_ < until_ && launch()) {
    }
    span = last_end_;
    tokens = sum_tokens_ + static_cast<double>(counted_);
  } else {
    // Of few slots each start is another loop: their places stay as they are.
    const double starts = load_.traffic.osl < 64
                              ? std::clamp(std::floor(2048.0 / batch_), 4.0, 256.0)
                              : std::clamp(std::floor(256.0 / batch_), 1.0, 24.0);
    // Requests of one length come together more and more.
    const bool alike = load_.osl_width == 0 && load_.isl_width == 0 && load_.tokens_per_step == 1.0;
    const double forget = alike ? 12 : batch_ < 32 ? 6 : 4;
    const double look = batch_ < 32 ? 6 : 3;
    for (double i = 0; i < starts && (i == 0 || steps_ < work); ++i) {
      const auto batch = static_cast<std::int64_t>(batch_);
      to_submit_ = 1'000'000'000;
      from_ = static_cast<std::int64_t>(forget * batch_);
      until_ = from_ + static_cast<std::int64_t>(look * batch_);
      const std::int64_t goal = counted_ + until_ - from_;
      start(true);
      double begin = 0;
      std::int64_t begin_ended = 0;
      while (counted_ < goal && launch()) {
        if (ended_ >= from_ && begin == 0) {
          begin = last_end_;
          begin_ended = ended_;
        }
      }
      (void)batch;
      span += last_end_ - begin;
      tokens += static_cast<double>(ended_ - begin_ended) * load_.traffic.osl;
    }
  }
  const auto n = static_cast<double>(counted_);
  means.ttft = sum_first_ / n;
  means.tpot = sum_tokens_ > 0 ? sum_decode_ / sum_tokens_ : 0;
  means.tokens = tokens / span;
  means.requests = n;
  means.steps = steps_;
  means.longest = longest_;
  return means;
}

}  // namespace infersim::test
