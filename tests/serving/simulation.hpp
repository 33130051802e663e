#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <random>
#include <vector>

#include "infersim/serving/closed_loop.hpp"

namespace infersim::test {

/// A closed loop step by step, one group of one stage: the policies of which closed_loop is the
/// closed form, without drafts.
class Simulation {
 public:
  struct Means {
    double ttft = 0;
    double tpot = 0;
  };

  Simulation(const StepModel& model, const ServingLoad& load, const Scheduler& scheduler)
      : model_(model), load_(load), scheduler_(scheduler) {}

  /// All waves of a benchmark; of waves without end those in which the start is forgotten.
  Means run() {
    const bool finite = std::isfinite(load_.waves);
    const double waves = finite ? load_.waves : 60;
    const auto flight = static_cast<std::size_t>(load_.batch);
    const auto total = static_cast<std::size_t>(waves * load_.batch);
    const auto slots = static_cast<std::size_t>(std::min(load_.batch, scheduler_.max_seqs));
    to_submit_ = finite ? total : 2 * total;
    for (std::size_t i = 0; i < flight; ++i)
      submit(0.0);
    double now = 0;
    double since_look = 1e9;
    while (ended_.size() < total) {
      // The scheduler sees what had come when the last step began, if it works a step ahead.
      const double seen = scheduler_.lag > 0 && !running_.empty() ? last_start_ : now;
      last_start_ = now;
      since_look += 1;
      if (since_look >= scheduler_.recv_interval || running_.empty()) {
        since_look = 0;
        while (!queue_.empty() && queue_.front().arrival + front() <= seen + 1e-12 &&
               running_.size() + waiting_.size() < slots) {
          waiting_.push_back(queue_.front());
          queue_.pop_front();
        }
      }
      if (running_.empty() && waiting_.empty()) {
        now = std::max(now, queue_.front().arrival + front());
        last_start_ = now;
        continue;
      }
      const std::vector<double> prefill = fill_budget();
      const bool decodes = scheduler_.mixed || prefill.empty();
      now += duration(decodes, prefill);
      if (decodes) decode(now);
      for (std::size_t i = 0; i < prefill.size(); ++i) {
        waiting_.front().left -= prefill[i];
        if (waiting_.front().left > 1e-9) break;
        Request request = waiting_.front();
        waiting_.pop_front();
        request.first = now;
        running_.push_back(request);
      }
      retire(now);
    }
    return finite ? means(0, total) : means(total / 2, total - 3 * flight);
  }

 private:
  struct Request {
    double arrival = 0;
    double left = 0;  ///< prompt tokens
    double tokens = 0;
    double done = 1;
    double first = 0;
    double last = 0;
  };

  [[nodiscard]] double front() const { return scheduler_.front_latency.base(); }

  void submit(double now) {
    Request request;
    request.arrival = now;
    request.left = load_.traffic.isl;
    std::uniform_real_distribution<double> width(-0.5, 0.5);
    request.tokens =
        std::max(2.0, std::round(load_.traffic.osl * (1.0 + load_.osl_width * width(random_))));
    queue_.push_back(request);
    --to_submit_;
  }

  /// Tokens of waiting prompts in the next step.
  std::vector<double> fill_budget() const {
    double room = scheduler_.budget;
    if (scheduler_.mixed) room -= static_cast<double>(running_.size());
    std::vector<double> tokens;
    for (const Request& request : waiting_) {
      if (room <= 0) break;
      if (!scheduler_.split && request.left > room && !tokens.empty()) break;
      const double part = scheduler_.split ? std::min(room, request.left) : request.left;
      tokens.push_back(part);
      room -= part;
    }
    return tokens;
  }

  [[nodiscard]] double duration(bool decodes, const std::vector<double>& prefill) const {
    const double n = decodes ? static_cast<double>(running_.size()) : 0.0;
    const StepBatch decode = StepBatch::decode(n, load_.context());
    StepBatch prompts;
    for (std::size_t i = 0; i < prefill.size(); ++i) {
      const double past = load_.traffic.isl - waiting_[i].left;
      const StepBatch one = StepBatch::prefill(1, prefill[i], past);
      prompts.prefill_sequences += 1;
      prompts.prefill_tokens += one.prefill_tokens;
      prompts.prefill_past += one.prefill_past;
      prompts.prefill_pairs += one.prefill_pairs;
    }
    return model_.step(StepBatch::mixed(decode, prompts)).time.base();
  }

  void decode(double now) {
    for (Request& request : running_) {
      request.done += 1;
      request.last = now;
    }
  }

  void retire(double now) {
    for (std::size_t i = 0; i < running_.size();) {
      if (running_[i].done < running_[i].tokens) {
        ++i;
        continue;
      }
      ended_.push_back(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      if (to_submit_ > 0) submit(now);
    }
  }

  /// Of the requests from `begin` to `end`, by arrival.
  [[nodiscard]] Means means(std::size_t begin, std::size_t end) const {
    std::vector<Request> all = ended_;
    std::stable_sort(all.begin(), all.end(),
                     [](const Request& a, const Request& b) { return a.arrival < b.arrival; });
    Means means;
    const auto n = static_cast<double>(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      means.ttft += (all[i].first - all[i].arrival) / n;
      means.tpot += (all[i].last - all[i].first) / (all[i].tokens - 1) / n;
    }
    return means;
  }

  const StepModel& model_;
  const ServingLoad& load_;
  const Scheduler& scheduler_;
  std::mt19937 random_{7};
  std::deque<Request> queue_;
  std::deque<Request> waiting_;
  std::vector<Request> running_;
  std::vector<Request> ended_;
  std::size_t to_submit_ = 0;
  double last_start_ = 0;
};

}  // namespace infersim::test
