#pragma once

#include "calibration/operator_row.hpp"
#include "infersim/calibration/measured_operator.hpp"

namespace infersim::detail {

/// What tables of routed experts and of their exchanges say of a layer.
class ExpertColumns {
 public:
  explicit ExpertColumns(const MeasuredTable& table);

  /// All experts of a rank that sees all tokens.
  MeasuredExperts experts(Row& row, std::string_view kernel) const;
  /// Those of a rank under wide expert parallelism.
  MeasuredExperts wide_experts(Row& row, const MeasuredLabels& labels) const;
  /// One pass of an exchange.
  MeasuredExchange exchange(Row& row, const MeasuredLabels& labels) const;

 private:
  void read_layer(Row& row, MeasuredExperts& shape) const;

  Field num_tokens_, rank_tokens_, hidden_size_, inter_size_, topk_, num_experts_, num_slots_,
      moe_tp_size_, moe_ep_size_, distribution_, nodes_, ep_size_, sms_;
};

/// What tokens are on their way to experts, from the names that tables have for it: `bfloat16`,
/// `fp8` and `default` (8 bits with a scale for 128 values), `nvfp4` and `fp4`.
std::optional<NumberType> exchanged_type(std::string_view dtype);

}  // namespace infersim::detail
