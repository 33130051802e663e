#pragma once

#include "infersim/serving/closed_loop.hpp"
#include "serving/arrivals.hpp"
#include "serving/step_curves.hpp"

namespace infersim::detail {

/// How many prompts come together.
struct Crowd {
  double own = 1;      ///< prompts in the step of a given one, itself counted
  double mean = 1;     ///< in a step that has any
  double typical = 1;  ///< the median of own
  double come = 0;     ///< others that come with it
  double behind = 0;   ///< of those that come together, those that wait for full steps: half
  double waits = 1;    ///< of the steps that the first of a chain misses: what they all do
  double chain = 0;    ///< others whose steps of prompts follow each other before decodes go on
};

/// What a closed loop settles at, seen by one of its requests.
struct SteadyPoint {
  double others = 0;   ///< n: prompts of the other slots that come in one decode step
  double running = 1;  ///< b: decodes of a step in which it decodes, itself counted
  Crowd crowd;
  Seconds step;       ///< bare decode step of b
  Seconds delay;      ///< by one prompt
  Seconds period;     ///< from decode step to decode step, with prompts
  double queued = 0;  ///< prompts before it for which steps have no room
  double missed = 0;  ///< decode steps until its prompt is seen
  Seconds decode;     ///< D: from first to last token
  Seconds first;      ///< F: from slot to first token
  FirstTokenTerms terms;
  double most = 1;         ///< prompts of a full step
  bool saturated = false;  ///< every step is full of prompts

  [[nodiscard]] Seconds cycle() const { return decode + first; }
  [[nodiscard]] bool long_prompt(bool split) const { return split && most < 1.0; }
};

/// The steady state of one group, and that of the later waves of a benchmark. See closed_loop.hpp
/// for the equations.
class SteadyState {
 public:
  SteadyState(const GroupSteps& steps, const ServingLoad& load, const Scheduler& scheduler,
              double slots);

  /// Of answers of more than one token.
  SteadyPoint solve();
  /// Of answers of one token, which comes from the prefill: every step is one of prompts.
  SteadyPoint prompts_only();
  [[nodiscard]] const StepCurves& curves() const { return curves_; }
  /// Decode of all slots, alone.
  [[nodiscard]] const PhaseResult& alone() const { return alone_; }
  /// Mean of the first wave: `slots` prompts at once into an idle engine, in full steps one after
  /// the other, of which the first has no decodes beside it.
  [[nodiscard]] Seconds first_wave(const SteadyPoint& point) const;

 private:
  void evaluate(const SteadyPoint& near);
  [[nodiscard]] bool known(const SteadyPoint& point) const;
  [[nodiscard]] SteadyPoint balance(const SteadyPoint& before) const;
  [[nodiscard]] SteadyPoint at(double others, const SteadyPoint& before) const;
  [[nodiscard]] double most_others() const;
  [[nodiscard]] double in_flight(const SteadyPoint& point) const;
  [[nodiscard]] Crowd crowd_of(const SteadyPoint& point) const;
  [[nodiscard]] Crowd crowd_of_waves(const SteadyPoint& before) const;
  [[nodiscard]] Seconds crowded_step(const SteadyPoint& point) const;
  [[nodiscard]] Seconds until_seen(const SteadyPoint& point) const;
  [[nodiscard]] double queued(const SteadyPoint& point) const;
  [[nodiscard]] double looks() const;
  [[nodiscard]] bool chained() const;
  [[nodiscard]] double alone_in_line(const SteadyPoint& point) const;
  [[nodiscard]] double lag_steps(const SteadyPoint& point) const;
  [[nodiscard]] double caught_steps(const SteadyPoint& point) const;
  [[nodiscard]] double missed_steps(const SteadyPoint& point) const;

  const GroupSteps& steps_;
  const ServingLoad& load_;
  const Scheduler& scheduler_;
  StepCurves curves_;
  PhaseResult alone_;
  double slots_;
  double waves_;
  bool finite_;
  bool alike_;   ///< answers take as many steps, but for one
  double busy_;  ///< whether a step runs when a request comes: not if it is the only one
};

}  // namespace infersim::detail
