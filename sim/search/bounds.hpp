#pragma once

#include "infersim/scenario/assemble.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim::detail {

/// What one engine can reach at most, from its decode steps and its bare prefills alone.
///
/// Let b sequences of a group decode on average, t(b) be the decode step of so many, s a request's
/// decode steps, p the time of the group that a prompt takes at least. No step is shorter than one
/// that decodes alone, so
///
///     TPOT      >= t(b) / tokens per step
///     1/X       >= max(s t(b)/b, p)              requests/s of a group
///               >= s t(b)/b + p                  one stage, prefill exclusive
///               >= s t(b)/b + (P(n) - t(b))/n    one stage, n prompts join a decode step, which
///                                                then takes at least the P(n) that they alone do
///     tokens/s  <= dp osl X                      t(b)/b falls with b, so at the largest b
///
/// of n the least favourable from one prompt (or the part of one that fits into a step) to a full
/// step.
///
/// Of C requests in flight in a group b decode for D of the D + F that each is there (Little), and
/// D >= s t(1), F <= TTFT where the objectives are met, so that they cannot be met beyond
///
///     C = b (1 + TTFT / (s t(1)))                b the largest with t(b) <= TPOT tokens per step
///
/// t(b) and b/t(b) are taken to rise with b; where kernels' tiles make steps they do so within the
/// 2 % that are added. tests/search/bounds.test.cpp holds them to the loop.
class EngineBounds {
 public:
  EngineBounds(const Scenario& scenario, const Workload& workload, const AssembledEngine& engine);

  /// Sequences of a group: the fewest that keep every stage at work, and the most that are worth a
  /// look, by memory and by the limit above.
  [[nodiscard]] double least() const { return least_; }
  [[nodiscard]] double most() const { return most_; }
  /// Whether the objectives may be met at all.
  [[nodiscard]] bool can_meet() const { return miss_ <= 1.0; }
  /// By how much the worse objective is missed at least (see `overshoot`).
  [[nodiscard]] double miss() const { return miss_; }
  /// Tokens per second and device, with up to `per_group` requests in flight in each group.
  [[nodiscard]] TokenRate tokens(double per_group) const;
  /// The same with as many as are worth a look.
  [[nodiscard]] TokenRate tokens() const { return best_; }

 private:
  [[nodiscard]] Seconds step(double sequences) const;
  [[nodiscard]] double largest_within(Seconds limit) const;
  [[nodiscard]] Seconds prompt_time() const;
  [[nodiscard]] Seconds joined_time(double running, Seconds decode_step) const;

  const Scenario& scenario_;
  const AssembledEngine& engine_;
  ServingLoad load_;
  double steps_ = 1;  ///< decode steps of a request
  double least_ = 1;
  double most_ = 1;
  double running_ = 1;  ///< sequences that decode at once, at most
  double miss_ = 0;
  TokenRate best_;
};

}  // namespace infersim::detail
