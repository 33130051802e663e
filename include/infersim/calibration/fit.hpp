#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "infersim/calibration/fit_error.hpp"
#include "infersim/calibration/fit_group.hpp"
#include "infersim/calibration/least_squares.hpp"

namespace infersim {

struct FitOptions {
  std::size_t folds = 5;
  std::size_t most_rows = 4000;  ///< of a group that are fitted; errors are those of all
  /// Groups of fewer rows keep to a prior.
  std::size_t few_rows = 100;
};

/// What a fit of one group came to.
struct GroupFit {
  KernelEfficiency parameters;  ///< as they are when written
  std::size_t free = 0;         ///< parameters that were fitted
  std::size_t fitted_rows = 0;
  bool prior = false;
  /// ln(predicted / measured) of every row of the group: under the whole fit, and under the fit of
  /// the folds that the row is not in.
  std::vector<double> fitted;
  std::vector<double> left_out;
  std::vector<double> before;  ///< under what holds without the group's own parameters
  /// Of the rows of chips left out whole, where there are several.
  std::vector<double> chip_left_out;
};

/// Fits the free parameters of a group.
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
GroupFit fit_group(const FitGroup& group, const LeastSquaresSolver& solve,
                   const FitOptions& options);

/// The residual spread of a fit as descriptions keep it.
KernelResidual residual_of(const FitGroup& group, const GroupFit& fit);

/// Framework and version, rows and errors by regime in words.
std::string note_of(const FitGroup& group, const GroupFit& fit);

}  // namespace infersim
