#pragma once

#include "infersim/core/quantity.hpp"
#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/phase/placement.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// Where the time of a step with weights elsewhere passes; adds up to the step.
struct PlaceTimes {
  Seconds device;
  Seconds host;      ///< its processor computes
  Seconds link;      ///< tokens, weights and caches on the way between them
  Seconds flash;     ///< waiting for weights, beyond what is computed meanwhile
  Seconds software;  ///< overhead of the serving software, and what a power limit adds
};

PlaceTimes place_times(const StepBreakdown& step);

/// A placement as options pin it: layers on the device with the head counted as one of them.
Count gpu_layers(const Placement& placement, const ModelSpec& model);

}  // namespace infersim
