#pragma once

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Mean power of one rank's share of the board while the operator runs again and again without a
/// pause:
///
///     P = min(0.985 limit, active + E_dynamic / t)
///
/// Boards settle 1 to 2 % below their limit. At the limit a step takes longer instead
/// (phase/analytic_step_model); operators were fitted to times in which that has happened. Source:
/// board power as in cost/machine: EnergyRates. Holds for: loops of seconds. Fails for: kernels
/// that leave units idle; their share of the active power is not told apart.
Watts mean_power(const OpCost& cost, const Machine& machine);

/// What a benchmark's meter reads of the same operator where it is timed alone
/// (Machine::timed_alone); otherwise `mean_power`:
///
///     reading = waiting + (P - waiting) t / (t + pause),   waiting = idle + 0.15 (active - idle)
///
/// The meter averages over longer than a short test lasts, and the harness repeats an operator the
/// fewer times the longer its host takes to issue it. So a part of what is read is from before:
/// from preparing the test and from waiting. `pause` is the time per repetition that this weighs.
/// It belongs to the benchmark, not to the device, and nothing else uses it.
///
/// Source: fitted to the `_power` tables of aiconfigurator (August 2026): 43,895 operators on H200,
/// B200 and GB200, the same pauses on all three. Least mean absolute percentage error rather than
/// log error: such a mean punishes a reading that is predicted too high more than one too low, so
/// the median reading is predicted 5 to 11 % too low. Fails for: single rows. The same shape and
/// time reads up to three times as much or as little, depending on which test ran before it.
Watts power_reading(const MeasuredOperator& op, const OpCost& cost, const Machine& machine);

}  // namespace infersim
