#pragma once

#include <string>
#include <vector>

#include "infersim/calibration/calibrate.hpp"
#include "infersim/report/scatter.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// Errors of rows in folds left out: of each device and class over all frameworks, and of each
/// device, class, format and framework, beside the bar that is set for them; of chips left out
/// whole; and what was skipped and why.
std::string calibration_table(const Calibration& calibration, const TextStyle& style);

/// Of fits of few rows: what the error was before and is on rows left out one by one, and what
/// range another row is to be expected in.
std::string calibration_summary(const Calibration& calibration);

/// The same figures, as docs/calibrate.md describes them.
std::string json_calibration(const Calibration& calibration);

/// Residuals of chips that were left out, a plot for each chip and class, coloured by framework:
/// `chip-left-out-conv_prefill-h100.svg`.
std::vector<PlotFile> calibration_plots(const Calibration& calibration);

}  // namespace infersim
