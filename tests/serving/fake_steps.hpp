#pragma once

#include "infersim/phase/step_model.hpp"
#include "infersim/serving/closed_loop.hpp"

namespace infersim::test {

/// Steps of `decode` and 1 us for each prompt token and 1 ns for each pair, through `stages` equal
/// stages, at 100 W. A step of prompts alone has no `decode`.
class FakeSteps : public StepModel {
 public:
  explicit FakeSteps(Seconds decode = 10.0_ms, double stages = 1)
      : decode_(decode), stages_(stages) {}

  [[nodiscard]] StepCost step(const StepBatch& batch) const override {
    ++evaluations;
    StepCost cost;
    cost.time = Seconds{1e-6 * batch.prefill_tokens + 1e-9 * batch.prefill_pairs};
    if (batch.decode_sequences > 0) cost.time += decode_;
    cost.occupancy = cost.time / stages_;
    cost.energy = cost.occupancy * Watts{100};
    return cost;
  }
  mutable int evaluations = 0;

 private:
  Seconds decode_;
  double stages_;
};

inline ServingResult serve(const StepModel& model, const ServingLoad& load,
                           const Scheduler& scheduler) {
  const PrefillProfile profile = profile_prefill(model, load, scheduler.budget);
  return closed_loop({model, model, profile}, load, scheduler);
}

}  // namespace infersim::test
