#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "infersim/serving/closed_loop.hpp"
#include "serving/step_grid.hpp"

namespace infersim::detail {

/// Means of a loop whose scheduler was run.
struct RunMeans {
  bool settled = false;  ///< enough requests were seen within the steps allowed
  Seconds decode;        ///< D: from first to last token
  Seconds seen;          ///< from slot to being seen by the scheduler
  Seconds excess;        ///< from there to the first step with tokens of its prompt
  Seconds own;           ///< from there to its first token
  Seconds median;        ///< of the three together
  Seconds delay;         ///< by one prompt
  Joules energy;         ///< above idle, of one rank, by one request
  double prompts = 1;    ///< in a step that has any
  Seconds first;         ///< TTFT of the first wave, of finite waves
  Seconds span;          ///< of all requests of finite waves
  double requests = 0;   ///< that were in it, of what a slot of the run stands for
};

/// How long a scheduler is run at most.
struct RunLimits {
  double slots = 512;
  double steps = 10'000;  ///< of parts
};

/// The scheduler itself, step by step, for answers so short that requests do not meet each other at
/// random (what a step does depends on which requests ended together), and for engines of several
/// stages, whose parts wait for each other. Every slot starts at a random place of its request, and
/// the start is forgotten; of finite waves all come at once, and it runs until the last has ended.
/// Of more requests than it has slots each stands for several. Steps that are alike are taken
/// together, within a limit; their times are linear between those on a grid.
class SchedulerRun {
 public:
  static constexpr std::size_t most_slots = 512;
  static constexpr int most_stages = 16;
  static constexpr double most_queue = 3;  ///< requests in flight for each slot

  SchedulerRun(const GroupSteps& steps, const ServingLoad& load, const Scheduler& scheduler,
               double slots, const RunLimits& limits);
  /// Requests in flight that it runs; those beyond them wait one cycle of a slot for each slot.
  [[nodiscard]] double in_flight() const { return weight_ * static_cast<double>(count_); }

  RunMeans run();

 private:
  static constexpr double counted = 1.0;  ///< rounds of all that run, of which tokens are counted
  using Id = std::uint16_t;
  struct Slot {
    double free = 0;  ///< when its last request ended
    double seen = 0;
    double begun = 0;  ///< first step with tokens of its prompt
    double first = 0;
    double early = 0;       ///< by how much the mean of its requests had their first token before
    double free_early = 0;  ///< and ended before
    double left = 0;        ///< prompt tokens to compute, of all requests that it stands for
    double whole = 0;
    double steps = 0;
    double last_step = 0;  ///< of its part
    std::int32_t round = 0;
  };
  /// First in, first out, of slots.
  struct Line {
    std::array<Id, most_slots> ids{};
    std::size_t head = 0;
    std::size_t size = 0;
    [[nodiscard]] Id front() const { return ids[head]; }
    [[nodiscard]] Id& at(std::size_t i) { return ids[(head + i) % most_slots]; }
    void push(Id id) { ids[(head + size++) % most_slots] = id; }
    void pop() {
      head = (head + 1) % most_slots;
      --size;
    }
  };
  struct Part {
    double ready = 0;
    std::array<double, 4> starts{};  ///< of its last steps
    double started = 0;              ///< steps since it was idle
    double step = 0;                 ///< decode steps so far
    double since_look = 1e18;
    // Of its last step:
    double energy = 0;
    double ended = 0;          ///< when its last decode step did
    double tokens = 0;         ///< of prompts
    double busy_by_token = 0;  ///< occupancy that each token of the prompt before them adds
    double delay = 0;          ///< by its prompts
    bool owed = false;         ///< a decode step before more prompts
    std::array<Id, most_slots>* ids = nullptr;
    std::size_t decodes = 0;  ///< slots that decode, first in `ids`: a heap by last step
    std::size_t coming = 0;   ///< and that join with its next step, behind them
  };
  /// What of the prompts that wait goes into a step.
  struct Prompts {
    double tokens = 0;
    double requests = 0;
    double pairs = 0;
    bool unfinished = false;  ///< the last of them goes on
  };

  double random();
  [[nodiscard]] double length(double mean, double half);
  void draw(Slot& slot);
  void start();
  void start_together();
  [[nodiscard]] bool steady() const;
  void count_first(const Slot& slot);
  void count_tokens(Part& part, double steps, double later);
  void end(Id id, double now);
  void send(Id id);
  void first_token(Id id, double now, double within);
  void join(Part& part, double start);
  void look(Part& part, double start);
  void release(const Part& part);
  Prompts take(double room, double start);
  [[nodiscard]] double alike(const Part& part, double start, double time, double room) const;
  double pass(double start, const GridStep& step);
  bool idle(Part& part, double& start);
  void skip_rounds(double period);
  bool launch();
  bool may_prefill(const Part& part);

  const ServingLoad& load_;
  const Scheduler& scheduler_;
  bool chunked_;  ///< prompts are longer than a step
  StepGrid grid_;
  std::size_t count_ = 1;  ///< requests in flight that are run
  double weight_ = 1;      ///< requests that each stands for
  double slots_ = 1;       ///< that run at once
  double free_ = 0;        ///< of them
  double front_;
  bool finite_;
  bool
      flows_;  ///< long answers of several stages: tokens are counted, whole requests would be many
  double half_prompt_;  ///< of the longest less the shortest
  double half_answer_;
  double past_;  ///< tokens of a prompt that are cached, of the mean one
  std::size_t stages_;
  double most_steps_;
  std::uint64_t state_ = 0x9e3779b97f4a7c15ULL;
  std::array<Slot, most_slots> all_{};
  std::array<std::array<Id, most_slots>, most_stages> ids_{};
  std::array<Part, most_stages> parts_{};
  std::array<double, most_stages> stage_free_{};
  std::array<Id, most_slots> done_{};  ///< slots whose prompts are through with a step
  std::size_t done_size_ = 0;
  Line transit_;
  Line waiting_;
  bool prefilling_ = false;
  std::size_t gathered_ = 0;  ///< of those that wait
  double waited_ = 0;
  std::size_t calm_ = 0;   ///< steps in a row in which nothing came, joined or ended
  bool going_on_ = false;  ///< whether they were chunks of a prompt that goes on
  double steps_ = 0;
  std::int32_t forget_ = 0;
  std::int32_t until_ = 0;
  double left_ = 0;       ///< requests of finite waves that have not come
  double wave_ = 0;       ///< slots whose first request has not ended
  double sum_first_ = 0;  ///< TTFT of those
  double last_end_ = 0;
  double window_ = 0;        ///< in which tokens were counted
  double before_ = 0;        ///< when the last request ended
  std::size_t pending_ = 0;  ///< slots that have not been seen for long enough
  bool counting_ = false;
  double requests_ = 0;
  double sum_decode_ = 0;
  double sum_steps_ = 0;
  double sum_seen_ = 0;
  double sum_excess_ = 0;
  double sum_own_ = 0;
  double sum_energy_ = 0;
  double sum_requests_ = 0;  ///< whose prompts were in the steps that were counted
  double sum_delay_ = 0;
  double with_prompts_ = 0;  ///< steps
  std::array<float, 1024> samples_{};
  std::size_t sampled_ = 0;
};

}  // namespace infersim::detail
