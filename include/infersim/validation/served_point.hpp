#pragma once

#include <string>

#include <tl/expected.hpp>

#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/phase/memory.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/serving/closed_loop.hpp"
#include "infersim/validation/catalog_names.hpp"
#include "infersim/validation/serving_point.hpp"

namespace infersim {

/// Why a run is not predicted.
struct Skip {
  std::string reason;
};

/// The number types of a measured run: the checkpoint's own unless the row names others.
tl::expected<PrecisionPlan, Skip> precision_of(const ServingPoint& point, const Device& device,
                                               const ModelSpec& model);

/// The layout of an engine with its drafts; none where its degrees contradict each other or the
/// model.
tl::expected<ParallelPlan, Skip> plan_of(const ServingPoint& point, const ServingLayout& layout,
                                         const MeasuredChip& chip, const ModelSpec& model);

/// What the benchmark asks of an engine with that plan.
ServingLoad load_of(const ServingPoint& point, const ParallelPlan& plan, double concurrency);

/// The framework's scheduler with the settings of the row.
Scheduler scheduler_of(const ServingPoint& point, const MeasuredChip& chip, const ModelSpec& model,
                       const ParallelPlan& plan, const ServingLoad& load);

/// How the framework divides the memory of a rank, with the settings of the row: its largest step,
/// and a share that is raised where the default holds nothing, as tables do not say it.
MemoryPolicy memory_policy_of(const ServingPoint& point, const MeasuredChip& chip,
                              const ModelSpec& model, const ParallelPlan& plan, double step_tokens);

/// The model lowered onto a rank of the chip, with the host's overhead in the framework.
StepTable lower_for(const MeasuredChip& chip, const Machine& machine, const ModelSpec& model,
                    const ParallelPlan& plan, const PrecisionPlan& precision);

/// One engine of a measured run, ready to be asked what it serves: model, types and layout lowered
/// onto the chip, its load, and its scheduler with the settings of the row over the framework's.
struct ServedPoint {
  AnalyticStepModel prefill;
  AnalyticStepModel decode;
  ServingLoad load;
  Scheduler scheduler;
  PrecisionPlan precision;

  [[nodiscard]] ServingResult run() const;
};

/// The engine of a point that does prefill and decode, not in pools. A run that was measured is
/// taken to have fitted into memory; the KV cache limits what runs at once where the model says
/// that it does.
tl::expected<ServedPoint, Skip> serve_point(const ServingPoint& point, const MeasuredChip& chip,
                                            const ModelSpec& model);

}  // namespace infersim
