#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "infersim/calibration/fit_rows.hpp"
#include "infersim/calibration/free_parameters.hpp"
#include "infersim/calibration/least_squares.hpp"

namespace infersim {

struct FitOptions {
  std::size_t folds = 5;
  std::size_t most_rows = 4000;  ///< of a group that are fitted; errors are those of all
  /// Groups of fewer rows keep to a prior.
  std::size_t few_rows = 100;
  /// Starts beside the fixed ones, spread around them: for equations with many minima.
  std::size_t further_starts = 0;
};

/// Puts ln(predicted / measured) of some rows into a span, under values of the free parameters.
using RowRatios = std::function<void(std::span<const double> values, std::span<double> into)>;

/// What a fit chooses, and how far off rows then are.
struct FitProblem {
  std::vector<FreeParameter> free;
  std::vector<double> inherited;  ///< the value of each without the rows, centre of a prior
  std::span<const FitRow> rows;
  std::size_t chips = 1;
  /// Of rows with these indices, ascending.
  std::function<RowRatios(std::span<const std::size_t> chosen)> ratios_of;
};

/// What a fit came to.
struct FitOutcome {
  std::vector<double> values;   ///< of the free parameters
  std::size_t fitted_rows = 0;  ///< of them all
  bool prior = false;
  /// ln(predicted / measured) of every row: under what holds without the fit, under the whole fit
  /// as it is written, and under the fit of the folds that the row is not in.
  std::vector<double> before;
  std::vector<double> fitted;
  std::vector<double> left_out;
  /// Of the rows of chips left out whole, where there are several.
  std::vector<double> chip_left_out;

  /// Of rows that the fit did not see, where there are other rows to learn from.
  [[nodiscard]] const std::vector<double>& judged() const {
    return left_out.empty() ? fitted : left_out;
  }
};

/// Fits the free parameters, all of it but `before` and `fitted`.
///
///     minimise sum h(ln t_predicted / t_measured) + prior,  h(r) = d^2 (sqrt(1 + (r/d)^2) - 1)
///
/// h is the pseudo-Huber loss (Charbonnier et al., 1997), d = 0.1: a row that is 50 % off pulls
/// about as much as one that is 10 % off. Fits begin at fixed points, not at what the description
/// says, so that data alone decides. Cross-validation: all rows of a shape are in one fold, of
/// which a hash of the shape decides; few rows are left out one by one. Folds begin at the optimum
/// of all rows. Rows beyond `most_rows` are passed over by the hash of their shapes.
///
/// Few rows: prior = sum (e (x - x_inherited) / spread)^2 / 2, with the spread of each parameter
/// over families (free_parameters) and e = 0.1, about the error of a good fit: what the rows do not
/// tell stays as inherited.
FitOutcome fit_problem(const FitProblem& problem, const LeastSquaresSolver& solve,
                       const FitOptions& options);

}  // namespace infersim
