#pragma once

#include "infersim/core/quantity.hpp"
#include "infersim/phase/memory_policy.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/phase/step_table.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// Live tensors of an engine's trial step at their peak, on one rank:
///
///     peak    = experts + max(forward, sampling)
///     forward = tokens (4 hidden + 3/2 n) a        n: output of the widest product, of which the
///                                                  activation keeps half
///     sampling= 5/4 tokens hidden a + 4 copies sequences vocab
///     experts = m top_k (max(I, H) + max(parts I, H)) a       m: tokens of the group, at most
///                                                  expert_tokens; parts: 2 with a gate, else 1
///
/// with a bytes of an activation; H and I are an expert's widths on the rank. Logits are gathered,
/// so that sampling does not shrink with tp. The workspace of fused experts is kept between layers
/// and steps; without an all-to-all that brings a rank its own copies alone it has a slot for every
/// copy.
///
/// Source: fitted to the peaks that vLLM 0.10 to 0.19 logs on H100 for 24 models (llm-d planner,
/// accuracy report; llm-d-benchmark): sampling to 2 %, experts to 10 %, forward to 10 %.
/// `logit_copies` is the engine's. Holds for: language models in 16 bits between operators. Fails
/// for: vision encoders, experts in MXFP4 on Hopper (no workspace; 0.6 GB too much).
Bytes trial_peak(const StepTable& table, const ModelSpec& model, const PrecisionPlan& precision,
                 const TrialStep& trial);

}  // namespace infersim
