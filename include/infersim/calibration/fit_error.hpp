#pragma once

#include <cstddef>
#include <span>

#include "infersim/cost/kernel_residual.hpp"

namespace infersim {

/// How far predictions are from measurements.
struct FitError {
  std::size_t rows = 0;
  double median = 0;  ///< of |predicted / measured - 1|
  double mean = 0;
  double p90 = 0;
  double bias = 1;  ///< median of predicted / measured
};

/// Of ln(predicted / measured); all 0 for none.
FitError fit_error(std::span<const double> log_ratios);

/// The q-quantile, between neighbours by their distance. Of no values 0.
double quantile(std::span<const double> values, double q);

/// P10 and P90 of measured / predicted of another row of the kind: quantiles of many; of fewer than
/// 50 those of Student's distribution for a prediction, on the logarithms:
///
///     mean ± t(0.9; n - 1) s sqrt(1 + 1/n)
ResidualSpread spread_of(std::span<const double> log_ratios);

}  // namespace infersim
