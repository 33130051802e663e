#pragma once

#include "infersim/scenario/assemble.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim::detail {

/// What one engine can reach at most, from a few of its steps.
///
/// Let b sequences of a group decode on average, t(b) be the step that decodes them alone, s a
/// request's decode steps, O its tokens, and d(b) what a prompt adds at least: no step is shorter
/// than one that decodes alone, and each request's prompt comes on top, so that of X requests/s
///
///     1/X   >= s t(b)/b + d(b)                            time of the group for each request
///     TPOT  >= (s t(b) + (b - 1) d(b)) / (O - 1)          by Little's law, b = X D; its own prompt
///                                                         does not interrupt it
///     d     =  least of hold(b, n)/n                      n prompts join decode steps, one or as
///                                                         many as fit (of a long one a part)
///     d     =  p                                          prefill is exclusive
///
/// and 1/X >= p, the time of the group that a prompt takes in steps of prompts alone. Answers of
/// one token have no bound. tokens/s <= dp O X rises with b, so that it is taken at the largest b
/// that meets TPOT. Of C requests in flight in a group b decode for D of the D + F that each is
/// there, and D >= s t(1), F <= TTFT where the objectives are met: they are not beyond
///
///     C = b (1 + TTFT/(s t(1)))
///
/// Of several stages t(b) is that of all parts, and d = 0: a part's prompts may run beside decodes
/// of others. t(b), b/t(b) and the bound of TPOT are taken to rise with b; where kernels' tiles
/// make steps they do so within the 2 % that are added. A benchmark's last wave sees fewer prompts,
/// and cached prompts take less: there d = p = 0. tests/search/bounds.test.cpp holds them to the
/// loop.
class EngineBounds {
 public:
  /// Where they fall below `enough`, which other engines reach, they are not narrowed down further.
  EngineBounds(const Scenario& scenario, const Workload& workload, const AssembledEngine& engine,
               TokenRate enough = {});

  /// Sequences of a group: the fewest that keep every stage at work, and the most that are worth a
  /// look, by memory and by the limit above.
  [[nodiscard]] double least() const { return least_; }
  [[nodiscard]] double most() const { return most_; }
  /// Whether a look at a batch is another thing than its answer.
  [[nodiscard]] bool looks() const {
    return scenario_.question.phase == PhaseChoice::both && runs_scheduler(load_);
  }
  /// Whether the objectives may be met at all.
  [[nodiscard]] bool can_meet() const { return miss_ <= 1.0; }
  /// By how much the worse objective is missed at least (see `overshoot`).
  [[nodiscard]] double miss() const { return miss_; }
  /// Tokens per second and device of what meets the objectives with up to `per_group` requests in
  /// flight in each group.
  [[nodiscard]] TokenRate tokens(double per_group) const;
  /// The same with as many as are worth a look.
  [[nodiscard]] TokenRate tokens() const { return best_; }

 private:
  /// What `sequences` that decode in a group make of it.
  struct Pace {
    double sequences = 1;
    Seconds step;   ///< t
    Seconds added;  ///< d
  };
  [[nodiscard]] Seconds prompt_time() const;
  [[nodiscard]] Pace pace(double sequences) const;
  [[nodiscard]] Seconds step(double sequences) const;
  [[nodiscard]] Seconds decode_time(const Pace& at) const;
  [[nodiscard]] TokenRate tokens_at(const Pace& at) const;
  [[nodiscard]] Pace largest_within(Seconds limit, TokenRate enough) const;
  [[nodiscard]] Seconds added_by_joining(double sequences, Seconds decode_step) const;
  [[nodiscard]] Seconds hold(double sequences, Seconds decode_step, double prompts) const;

  const Scenario& scenario_;
  const AssembledEngine& engine_;
  ServingLoad load_;
  double steps_ = 1;  ///< s
  Seconds prompt_;    ///< p
  double fits_ = 1;   ///< sequences of a group that run at once
  double least_ = 1;
  double most_ = 1;
  double running_ = 1;  ///< the largest b
  double miss_ = 0;
  TokenRate best_;
};

}  // namespace infersim::detail
