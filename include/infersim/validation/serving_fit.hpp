#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "infersim/calibration/least_squares.hpp"
#include "infersim/serving/residual.hpp"
#include "infersim/validation/catalog_names.hpp"
#include "infersim/validation/serving_point.hpp"

namespace infersim {

/// What is left out together when a fit is tested on rows that it did not see.
///   rows   a fifth of the configurations, by a hash of what was run
///   model  all rows of a model
///   chip   all rows of a chip
///   isl, osl, batch, devices  the rows beyond half of the largest
enum class ServingFolds { rows, model, chip, isl, osl, batch, devices };

inline constexpr std::array all_folds = {
    ServingFolds::rows, ServingFolds::model, ServingFolds::chip,   ServingFolds::isl,
    ServingFolds::osl,  ServingFolds::batch, ServingFolds::devices};

std::string_view name(ServingFolds folds);

/// In what the rows that are left out lie beyond the others; none of parts that are alike.
std::optional<Beyond> beyond_of(ServingFolds folds);

/// ln(predicted / measured) of a row.
struct RunResidual {
  std::string data;  ///< the table's stem
  double ttft = 0;
  double tpot = 0;
  double tokens = 0;
  bool ttft_usable = true;
};

/// One measured run with what its names mean.
struct ServingSample {
  std::string data;
  ServingPoint point;
  const MeasuredChip* chip = nullptr;
  const ModelSpec* model = nullptr;
};

/// The terms of one framework, fitted.
struct FrameworkFit {
  std::string framework;       ///< id of its description
  std::vector<double> values;  ///< by framework_terms(), in written units
  std::vector<std::string> chips;
  std::vector<std::string> models;
  std::vector<RunResidual> fitted;
  /// Residuals of the rows that were left out; empty where there is nothing to leave out.
  std::map<ServingFolds, std::vector<RunResidual>> left_out;
};

/// Fits a framework's terms to its measured runs, all of one framework.
///
///     minimise sum h(r_tpot; 0.12) + w h(r_ttft; 0.3) + prior,   r = ln predicted / measured
///
/// with the pseudo-Huber loss of fit_group, w = 0.12, and prior = 0.02 sum ((x - x0) / spread)^2 /
/// 2 over the logarithms of the terms. Runs alike are predicted once. The TTFT of a run whose
/// engine compiled within the measured window (no warm-up, mean statistic, SGLang) is not used.
FrameworkFit fit_framework(const std::vector<ServingSample>& samples,
                           const LeastSquaresSolver& solve,
                           const std::function<void(const std::string&)>& progress);

/// Residuals of the samples in `held` under a fit to the others; where there are none, under the
/// starts of the terms.
std::vector<RunResidual> residuals_without(const std::vector<ServingSample>& samples,
                                           const std::vector<bool>& held,
                                           const LeastSquaresSolver& solve);

}  // namespace infersim
