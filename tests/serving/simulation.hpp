#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "infersim/serving/closed_loop.hpp"
#include "serving/step_times.hpp"

namespace infersim::test {

/// A closed loop token by token, one data-parallel group of any number of stages: the policies of
/// which closed_loop is the closed form.
///
/// A request ends with a step; its successor is at the scheduler `front_latency` later. A step
/// takes those that were there before it began, or before the `lag`-th step before it did; what
/// comes as a step begins is too late for it. Where nothing runs they are taken at once. Of pp
/// stages, each of pp parts of the requests has its step in turn: it starts when its last one
/// is through all stages and the first stage is free. Where a step may yield several tokens, a
/// request takes (tokens - 1) / tokens_per_step steps, rounded at random, at least one.
///
/// Waves without end: every slot starts at a random place of its request; the start is forgotten;
/// and again, until enough requests have been seen. Else all requests start at once.
class Simulation {
 public:
  struct Means {
    double ttft = 0;
    double tpot =
        0;  ///< sum of times from first to last token over the sum of tokens but the first
    double tokens =
        0;  ///< output tokens a second of the group; of finite waves over all of the run
    double requests = 0;  ///< that were looked at
    double steps = 0;     ///< that were simulated
    double longest = 0;   ///< step with prompts, seconds
  };

  Simulation(const StepModel& model, const ServingLoad& load, const Scheduler& scheduler,
             std::uint32_t seed = 7, bool direct = false);

  /// `work`: steps after which no new start is made.
  Means run(double work = 2e6);

 private:
  struct Request {
    double arrival = 0;
    double left = 0;  ///< prompt tokens to compute
    double past = 0;  ///< and in the cache
    double first = 0;
    std::int32_t steps = 0;  ///< decode steps
    std::int32_t tokens = 0;
    std::int64_t index = 0;  ///< by arrival
  };
  struct Part {
    double ready = 0;            ///< its last step is through
    std::vector<double> starts;  ///< of its last steps, latest last
    std::int64_t step = 0;       ///< decode steps so far
    double decodes = 0;
    std::deque<Request> coming;              ///< that decode from its next step on
    std::vector<std::vector<Request>> ends;  ///< by decode step, a ring
    double since_look = 1e18;
    bool owed = false;  ///< a decode step before more prompts
  };

  struct Prompts {
    double sequences = 0;
    double tokens = 0;
    double past = 0;
    double pairs = 0;
  };

  void start(bool spread);
  void submit(double now);
  Request draw();
  void look(Part& part, double start);
  void release(const Part& part);
  bool launch();
  bool may_prefill(const Part& part);
  double pass(double start, const StepTimes::Times& times);
  Prompts take(const Part& part);
  void end(const Request& request, double now);
  void begin_decode(Request request, double now);
  void join(Part& part, double start);

  StepTimes times_;
  const ServingLoad& load_;
  const Scheduler& scheduler_;
  std::mt19937 random_;
  double batch_;
  double slots_;
  double longest_answer_ = 0;
  std::vector<Part> parts_;
  std::deque<Request> queue_;    ///< sorted by arrival
  std::deque<Request> waiting_;  ///< that have a slot
  std::deque<double> free_;      ///< slots, by when they were
  std::vector<Request> done_;    ///< prompts of a step that are complete with it
  double ready_prompts_ = 0;     ///< of the waiting, first of them, that have been gathered
  double waited_ = 0;            ///< decode steps for which the first of the others has waited
  bool prefilling_ = false;
  double pipe_free_ = 0;  ///< the first stage
  std::vector<double> stage_free_;
  std::size_t next_part_ = 0;
  std::int64_t submitted_ = 0;
  std::int64_t to_submit_ = 0;
  // What was seen
  std::int64_t from_ = 0;  ///< first request that counts
  std::int64_t until_ = 0;
  std::int64_t counted_ = 0;
  double sum_first_ = 0;
  double sum_decode_ = 0;
  double sum_tokens_ = 0;
  double last_end_ = 0;
  std::int64_t ended_ = 0;
  double steps_ = 0;
  double longest_ = 0;
};

}  // namespace infersim::test
