#pragma once

#include "infersim/validation/serving_point.hpp"

namespace infersim {

/// Drafts that the model's own layers make in each decode step, and what comes of them.
struct Speculation {
  int drafts = 0;
  double tokens_per_step = 1;  ///< that a decode step yields of a sequence
};

/// The speculation of a measured run. Drafts: `spec_steps`, else what `speculative` says
/// (`EAGLE/MTP steps=3 draft=4`, `MTP (3 layers; 1 with attention DP)`), else, where it says no
/// more than `mtp`, as TensorRT-LLM's published set-ups have it: three, or one with attention data
/// parallelism, whose large batches have nothing to gain from more. Tokens: as observed, else 1.8,
/// 2.1 and 2.5 of one, two and three drafts and 1.93, 2.2 and 2.8 in answers of 4,096 tokens and
/// more, the means of what was observed on DeepSeek-R1; further drafts are as good as never
/// accepted. Fails for: draft models of their own, n-grams.
Speculation speculation_of(const ServingPoint& point, bool attention_dp);

}  // namespace infersim
