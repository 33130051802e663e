#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "infersim/calibration/fit.hpp"
#include "infersim/calibration/fit_groups.hpp"
#include "infersim/calibration/least_squares.hpp"

namespace infersim {

/// What a calibration is told beside the rows.
struct CalibrationOptions {
  FitOptions fit;
  std::size_t threads = 1;
  std::string data;  ///< what the rows are called where a description has no source yet
};

/// All fits of some rows.
struct Calibration {
  std::vector<FitGroup> groups;
  std::vector<GroupFit> fits;  ///< of each group
  /// Of each group, rows of the device left out under that fit: ln(predicted / measured).
  std::vector<std::vector<double>> left_out;
  std::vector<std::vector<Seconds>> left_out_times;  ///< what was measured of them
  std::vector<LinkGroup> link_groups;  ///< collectives: of libraries, then of frameworks
  std::vector<LinkFit> link_fits;      ///< of each
  std::string left_out_chip;           ///< id of that device; empty if none was left out
  std::map<std::string, KernelDescription> descriptions;  ///< changed by the fits
  std::map<std::string, std::string> families;            ///< descriptions of families, the like
  std::map<std::string, std::size_t> skipped;             ///< rows by reason
};

/// Fits every group on its own, frameworks' collectives over those of libraries that were fitted
/// with them; the number of threads does not change the result. `progress` is
/// told how many groups are done, of how many, and which was the last.
Calibration calibrate(CalibrationGroups groups, const LeastSquaresSolver& solve,
                      const CalibrationOptions& options,
                      const std::function<void(std::size_t done, std::size_t all,
                                               const std::string& what)>& progress);

}  // namespace infersim
