#pragma once

#include <array>
#include <memory>
#include <vector>

#include "infersim/phase/step_model.hpp"
#include "infersim/phase/step_table.hpp"

namespace infersim {

/// What the host computes of a segment whose weights are elsewhere.
struct HostWork {
  Activity activity;
  Seconds time;
};

/// Times of a batch's operators, kept so that a new context re-evaluates attention alone. Fixed in
/// size: nothing is allocated after it is made.
class LoweredBatch {
 public:
  explicit LoweredBatch(const StepTable& table);

  /// Evaluates every operator for `batch`.
  void lower(const StepBatch& batch);
  /// The step's cost with the contexts summing to `context_sum`, else as lowered.
  StepCost at_context(double context_sum);
  [[nodiscard]] StepCost cost() const;

 private:
  struct SegmentTimes {
    std::array<Seconds, max_segment_ops> times{};
    std::array<Seconds, max_segment_ops> waits{};  ///< of these: launches and links
    Activity fixed;         ///< of operators that do not grow with the context
    Activity growing;       ///< of those that do
    bool relaying = false;  ///< an exchange relays tokens through units of the rank
    Seconds period;
    HostWork hosted;
  };
  void evaluate(bool only_growing);
  void evaluate_placed(const Segment& segment, SegmentTimes& result) const;

  const StepTable* table_;
  StepBatch batch_;  ///< of a micro-batch
  std::vector<SegmentTimes> segments_;
};

/// The analytic StepModel: the critical path through the lowered graph of every layer.
///
///     step = sum over segments of repeats x period + host overhead, stretched by the power limit:
///     t >= E_dynamic / (limit - active), and by what the host needs to launch a prefill (host.hpp)
///
/// With `microbatches` 2 the halves of the batch take turns on the compute and the communication
/// stream; the period of a layer is then that of the steady interleaving, or of halves side by side
/// on cores of their own where a chip's software divides them and that is faster.
class AnalyticStepModel final : public StepModel {
 public:
  explicit AnalyticStepModel(StepTable table) : table_(std::move(table)) {}

  [[nodiscard]] StepCost step(const StepBatch& batch) const override;
  [[nodiscard]] const StepTable& table() const { return table_; }

 private:
  StepTable table_;
};

/// One line of the breakdown of a step.
struct OpShare {
  std::string op;  ///< `dense x3: qkv_a`-like path: segment and operator
  std::string op_class;
  double repeats = 1;
  OpCost cost;                  ///< of one execution
  Seconds exposed;              ///< of all executions, what the step is longer for it
  Place place = Place::device;  ///< of its weights
  bool on_host = false;         ///< the host computes it
};

/// The layers of one kind in a step.
struct LayerSpan {
  std::string name;
  double repeats = 1;
  Seconds period;         ///< of one of them, as scheduled
  Seconds critical_path;  ///< of one of them if streams were without limit
};

/// Every operator of a step with what it costs; exposed times, `host` and `other` sum to the step.
struct StepBreakdown {
  StepCost cost;
  std::vector<OpShare> ops;
  std::vector<LayerSpan> layers;
  Seconds host;   ///< not hidden behind the device: overhead, and launches that outlast kernels
  Seconds other;  ///< added by the power limit and by hand-over between pipeline stages
  Bound bound = Bound::latency;                      ///< what most of the exposed time is bound by
  std::shared_ptr<const StepTable> host_table = {};  ///< of the operators that a host computes
};

StepBreakdown explain_step(const StepTable& table, const StepBatch& batch);

}  // namespace infersim
