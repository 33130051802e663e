#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "infersim/serving/pools.hpp"

namespace infersim::test {

/// Requests through two pools one by one, whole prompts in steps of one group per engine; decode
/// steps of one length. All that pooled_loop is the closed form of but uneven groups.
class PoolSimulation {
 public:
  struct Means {
    double ttft = 0;
    double rate = 0;  ///< requests a second
  };

  PoolSimulation(const PooledService& service, const ServingLoad& load, double decode_step)
      : service_(service), load_(load), step_(decode_step) {}

  Means run() {
    const auto flight = static_cast<std::size_t>(load_.batch);
    const auto total = static_cast<std::size_t>(load_.waves * load_.batch);
    const double slots = service_.decode.groups() * service_.decode.scheduler.max_seqs;
    free_slots_ = std::isfinite(slots) ? static_cast<std::size_t>(slots) : flight;
    idle_ = static_cast<std::size_t>(service_.prefill.workers);
    for (std::size_t i = 0; i < std::min(flight, total); ++i)
      submit(0.0);
    while (ended_ < total) {
      const Event event = events_.top();
      events_.pop();
      handle(event, total);
      start_prefills(event.time);
    }
    return {sum_ / static_cast<double>(total), static_cast<double>(total) / last_};
  }

 private:
  enum class Kind { arrived, prefilled, cached, ended };
  struct Event {
    double time;
    Kind kind;
    double submitted;   ///< when the request came
    bool last = false;  ///< of its step
    friend bool operator<(const Event& a, const Event& b) { return a.time > b.time; }
  };

  void submit(double now) {
    events_.push({now + service_.prefill.scheduler.front_latency.base(), Kind::arrived, now});
    ++submitted_;
  }

  void handle(const Event& event, std::size_t total) {
    switch (event.kind) {
      case Kind::arrived: waiting_.push_back(event.submitted); break;
      case Kind::prefilled:
        if (event.last) ++idle_;
        events_.push({event.time + service_.transfer.base(), Kind::cached, event.submitted});
        break;
      case Kind::cached: cached_.push_back(event.submitted); break;
      case Kind::ended:
        ++free_slots_;
        ++ended_;
        last_ = event.time;
        if (submitted_ < total) submit(event.time);
        break;
    }
    while (free_slots_ > 0 && !cached_.empty()) {
      --free_slots_;
      const double joined = (std::ceil(event.time / step_) + service_.decode.scheduler.lag) * step_;
      sum_ += joined - cached_.front();
      cached_.pop_front();
      const double spread = load_.osl_width * (uniform_(random_) - 0.5);
      events_.push({joined + load_.decode_steps() * (1.0 + spread) * step_, Kind::ended, 0.0});
    }
  }

  void start_prefills(double now) {
    const auto most =
        static_cast<std::size_t>(service_.prefill.scheduler.budget / load_.traffic.isl);
    while (idle_ > 0 && !waiting_.empty()) {
      --idle_;
      const std::size_t prompts = std::min(most, waiting_.size());
      const double took =
          service_.prefill.model
              .step(StepBatch::prefill(static_cast<double>(prompts), load_.traffic.isl))
              .time.base();
      for (std::size_t i = 0; i < prompts; ++i) {
        events_.push({now + took, Kind::prefilled, waiting_.front(), i + 1 == prompts});
        waiting_.pop_front();
      }
    }
  }

  const PooledService& service_;
  const ServingLoad& load_;
  double step_;
  std::priority_queue<Event> events_;
  std::deque<double> waiting_;
  std::deque<double> cached_;
  std::size_t free_slots_ = 0;
  std::size_t idle_ = 0;
  std::size_t submitted_ = 0;
  std::size_t ended_ = 0;
  double sum_ = 0;
  double last_ = 0;
  std::mt19937 random_{7};
  std::uniform_real_distribution<double> uniform_{0.0, 1.0};
};

}  // namespace infersim::test
