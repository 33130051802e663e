#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace infersim {

/// Find the x within bounds at which the sum of squares of residuals is least.
struct LeastSquares {
  std::vector<double> start;
  std::vector<double> least;
  std::vector<double> most;
  std::size_t residual_count = 0;
  /// Residuals at x; the span has residual_count of them.
  std::function<void(std::span<const double>, std::span<double>)> residuals;
  double step = 2e-3;  ///< of differences that stand for derivatives
  int most_iterations = 60;
};

struct LeastSquaresMinimum {
  std::vector<double> at;
  double cost = 0;  ///< half the sum of squares
};

/// What finds it; the library has none of its own, `infersim-calibrate` brings Ceres.
using LeastSquaresSolver = std::function<LeastSquaresMinimum(const LeastSquares&)>;

}  // namespace infersim
