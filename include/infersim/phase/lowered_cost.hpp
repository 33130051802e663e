#pragma once

#include "infersim/cost/op_cost.hpp"
#include "infersim/phase/step_model.hpp"
#include "infersim/phase/step_table.hpp"

namespace infersim {

/// Rows that an operator works on in a step of `batch`, on one rank.
double rows_of(const LoweredOp& op, const StepBatch& batch);

/// Cost of one operator on one rank. Operators whose rows are absent from the batch cost nothing.
OpCost lowered_cost(const Machine& machine, const LoweredOp& op, const StepBatch& batch);

/// Bytes of weights that a rank holds for an operator.
Bytes weight_bytes(const LoweredOp& op);

}  // namespace infersim
