#pragma once

#include "calibration/operator_row.hpp"
#include "infersim/calibration/measured_operator.hpp"

namespace infersim::detail {

/// What tables of whole attention modules say of one.
class ModuleColumns {
 public:
  explicit ModuleColumns(const MeasuredTable& table);

  MeasuredModule module(Row& row, const MeasuredLabels& labels, std::string_view kernel,
                        OperatorKind kind) const;

 private:
  Field model_, gemm_dtype_, batch_, isl_, past_kv_, kv_len_, num_heads_;
};

}  // namespace infersim::detail
