#pragma once

#include "infersim/phase/parallel_plan.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/phase/step_table.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// A second, smaller model whose tokens the first verifies (speculative decoding,
/// arXiv:2211.17192). It lies beside the first on the same ranks, keeps a cache of its own for
/// every sequence, reads each prompt and runs once for each draft token of a step.
struct DraftModel {
  ModelSpec model;
  PrecisionPlan precision;
};

/// How a draft model is spread where the first one is by `plan`: over the ranks of one stage, its
/// experts, if any, not divided.
ParallelPlan draft_plan(const ParallelPlan& plan);

/// Adds the draft model to the steps of the first: `plan.mtp` passes for one token of each decoding
/// sequence, one for prompts. `draft_plan` must have passed `check_plan` with the draft model.
void add_draft_model(StepTable& table, const DraftModel& draft);

}  // namespace infersim
