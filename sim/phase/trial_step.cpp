#include "phase/trial_step.hpp"

#include <algorithm>

namespace infersim {
namespace {

/// Values of a row of the widest product's output. The head's is apart: only sampled rows pass it.
double widest_output(const StepTable& table) {
  double widest = 0.0;
  for (const Segment& segment : table.segments) {
    if (segment.kind == SegmentKind::output) continue;
    for (const LoweredOp& op : segment.ops) {
      if (op.kind == OpKind::gemm) widest = std::max(widest, op.gemm.n);
    }
  }
  return widest;
}

/// Values of the workspace of one layer's experts.
double expert_workspace(const LoweredOp& op, const TrialStep& trial) {
  const ExpertShape& shape = op.experts;
  double tokens = trial.tokens * op.group_factor;
  if (trial.expert_tokens > 0) tokens = std::min(tokens, trial.expert_tokens);
  const double copies =
      tokens * shape.routing.top_k / (shape.sorted ? static_cast<double>(shape.routing.groups) : 1);
  const double parts = shape.gated ? 2.0 : 1.0;
  return copies *
         (std::max(shape.inner, shape.hidden) + std::max(parts * shape.inner, shape.hidden));
}

double widest_workspace(const StepTable& table, const TrialStep& trial) {
  double widest = 0.0;
  for (const Segment& segment : table.segments) {
    for (const LoweredOp& op : segment.ops) {
      if (op.kind == OpKind::experts) widest = std::max(widest, expert_workspace(op, trial));
    }
  }
  return widest;
}

}  // namespace

Bytes trial_peak(const StepTable& table, const ModelSpec& model, const PrecisionPlan& precision,
                 const TrialStep& trial) {
  const Bytes value = storage_size(precision.activations);
  const auto hidden = static_cast<double>(model.hidden);
  const Bytes forward = trial.tokens * (4.0 * hidden + 1.5 * widest_output(table)) * value;
  const Bytes logits{4.0 * trial.logit_copies * trial.sequences * static_cast<double>(model.vocab)};
  const Bytes sampling = 1.25 * trial.tokens * hidden * value + logits;
  return widest_workspace(table, trial) * value + max(forward, sampling);
}

}  // namespace infersim
