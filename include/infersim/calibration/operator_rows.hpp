#pragma once

#include <string>
#include <vector>

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/calibration/measured_table.hpp"

namespace infersim {

/// A row that cannot be interpreted.
struct RejectedOperator {
  MeasuredLabels labels;
  std::string reason;  ///< without figures of its own, so that rows of one reason can be counted
};

/// The rows of a table of operators.
struct OperatorRows {
  MeasuredTable table;  ///< which the rows' texts are views of
  std::vector<MeasuredOperator> rows;
  std::vector<RejectedOperator> rejected;
};

/// Reads a table of that kind. Rows of an unknown number type, routing or kernel, without a needed
/// figure or with one that is not positive are rejected. Throws InputError with every cell that
/// should be a number and is none.
OperatorRows read_operators(MeasuredTable table, OperatorKind kind);

}  // namespace infersim
