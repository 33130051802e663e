#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Element-wise pass over `rows` rows: reads `read` and writes `written` 16-bit values of each.
/// What fits in half the described cache stays there (producer and consumer run back to back).
///
///     t = latency + bytes / (e_b B)
OpCost elementwise_cost(const Machine& machine, const KernelEfficiency& efficiency, double rows,
                        double read, double written);

}  // namespace infersim
