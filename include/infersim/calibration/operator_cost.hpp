#pragma once

#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// What the cost layer says of a measured operator on that machine: the one place where rows of
/// measurements meet the equations. A reason if the machine cannot run it: no unit for the type of
/// its products, more ranks than its domain has.
///
///     experts     all of a layer's routed experts: permutation to the sum of copies
///     scan        scan_prefill_cost or scan_decode_cost; its convolution short_convolution_cost
///     collective  the library's (framework `nccl`), else the framework's own all-reduce
tl::expected<OpCost, std::string> predict(const MeasuredOperator& op, const Machine& machine);

/// Why the machine cannot run an operator; empty if it can.
std::string refusal(const MeasuredOperator& op, const Machine& machine);

/// The times of operators that the machine can run, as `predict` says of each; neighbours alike
/// share the work.
std::vector<Seconds> predict_times(std::span<const MeasuredOperator* const> ops,
                                   const Machine& machine);

/// Mean power of one rank's share of the board while the operator runs again and again:
///
///     P = min(limit, active + E_dynamic / t)
///
/// At the limit a step takes longer instead (phase/analytic_step_model); operators were fitted to
/// times in which that has happened. Source: board power as in cost/machine: EnergyRates. Fails
/// for: kernels so short that the host leaves the device idle between them.
Watts mean_power(const OpCost& cost, const Machine& machine);

}  // namespace infersim
