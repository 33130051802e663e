#pragma once

#include <optional>

#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"

namespace infersim {

/// What becomes of kernels that were timed one by one when a framework strings them together to a
/// step. Launches overlap with the kernel before (captured graphs, programmatic dependent launch), so
/// that less than all of a kernel's fixed time remains; passes are fused into their neighbours; and
/// over a whole step clocks and caches are not those of one kernel repeated.
struct StepEffects {
  double kernel_latency = 1.0;  ///< share of the fixed time of GEMMs and attention that remains
  double expert_latency = 1.0;  ///< the same of routed experts, a chain of kernels of its own
  double link_latency = 1.0;    ///< the same of collectives
  std::optional<Seconds> pass_latency;  ///< fixed time of an element-wise pass; else the class's
  double stretch = 1.0;         ///< time of all that kernels compute and move, over that alone

  friend bool operator==(const StepEffects&, const StepEffects&) = default;
};

/// The machine as kernels within steps find it:
///
///     latency -> share x latency,  bandwidth, compute -> / stretch
///
/// Source: the residuals of measured serving points over the sum of measured kernels
/// (hardware/efficiency/frameworks/README.md). Fails for: engines that overlap two batches.
Machine within_steps(Machine machine, const StepEffects& effects);

}  // namespace infersim
