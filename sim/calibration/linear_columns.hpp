#pragma once

#include "calibration/operator_row.hpp"
#include "infersim/calibration/measured_operator.hpp"

namespace infersim::detail {

/// What tables of linear attention say of one of its kernels.
class LinearColumns {
 public:
  explicit LinearColumns(const MeasuredTable& table);

  /// Of gated and Kimi delta nets.
  MeasuredScan delta_net(Row& row, const MeasuredLabels& labels, std::string_view kernel) const;
  /// Of Mamba-2.
  MeasuredScan mamba2(Row& row, std::string_view kernel) const;

 private:
  void read_common(Row& row, std::string_view kernel, MeasuredScan& shape) const;

  Field phase_, batch_, seq_len_, d_conv_, num_k_heads_, head_k_dim_, num_v_heads_, head_v_dim_,
      d_state_, nheads_, head_dim_, n_groups_;
};

}  // namespace infersim::detail
