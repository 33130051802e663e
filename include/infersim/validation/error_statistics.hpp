#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "infersim/validation/interval.hpp"

namespace infersim {

/// One figure as it was measured and as it is predicted, in one unit; both above zero.
struct ErrorSample {
  double measured = 0;
  double predicted = 0;
  Interval interval;
  std::size_t row = 0;  ///< of its table, from 1
};

/// How far predictions are from measurements. An absolute percentage error is
/// 100 |predicted / measured - 1|; quantiles interpolate between neighbours.
struct ErrorStatistics {
  std::size_t rows = 0;
  double bias = 0;        ///< median of predicted / measured
  double median_ape = 0;  ///< percent
  double mean_ape = 0;
  double p90_ape = 0;
  double coverage = 0;  ///< share of the measurements within their intervals
  /// Spearman's rank correlation of the predicted and measured; none for fewer than three rows or
  /// if all of one kind are equal.
  std::optional<double> rank_correlation;
};

/// Of no samples all but `rows` is NaN.
ErrorStatistics error_statistics(std::span<const ErrorSample> samples);

}  // namespace infersim
