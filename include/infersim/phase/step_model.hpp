#pragma once

#include "infersim/core/quantity.hpp"
#include "infersim/cost/activity.hpp"

namespace infersim {

/// The batch of one step on one attention rank group, as additive aggregates. Every data-parallel
/// group is assumed to have a batch alike.
struct StepBatch {
  double decode_sequences = 0;
  double queries_per_sequence = 1;  ///< 1 + draft tokens to verify
  double context_sum = 0;           ///< cached tokens of the decoding sequences together
  double prefill_sequences = 0;
  double prefill_tokens = 0;  ///< new prompt tokens
  double prefill_past = 0;    ///< cached tokens of the sequences in prefill together
  double prefill_pairs = 0;   ///< sum over sequences of new x past + new^2/2

  [[nodiscard]] double decode_tokens() const { return decode_sequences * queries_per_sequence; }
  [[nodiscard]] double tokens() const { return decode_tokens() + prefill_tokens; }
  [[nodiscard]] double sampled() const { return decode_tokens() + prefill_sequences; }

  /// `sequences` that decode with `context` cached tokens each.
  static StepBatch decode(double sequences, double context, double queries = 1);
  /// `sequences` that prefill `tokens` new tokens each after `past` cached ones.
  static StepBatch prefill(double sequences, double tokens, double past = 0);
  /// Sequences that decode and sequences that prefill in one step.
  static StepBatch mixed(const StepBatch& decode, const StepBatch& prefill);

  friend bool operator==(const StepBatch&, const StepBatch&) = default;
};

/// What a step takes and does. `activity` and `energy` are one rank's, averaged over stages.
struct StepCost {
  Seconds time;       ///< until the step's tokens are there: through all stages
  Seconds occupancy;  ///< for which the busiest stage is occupied; equals `time` if pp is 1
  Joules energy;      ///< above idle, of one rank: dynamic and (active - idle) while it works
  Activity activity;  ///< of one rank
};

/// What a batch costs: all that serving knows of silicon.
class StepModel {
 public:
  virtual ~StepModel() = default;
  [[nodiscard]] virtual StepCost step(const StepBatch& batch) const = 0;
};

}  // namespace infersim
