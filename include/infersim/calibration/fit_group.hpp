#pragma once

#include <memory>
#include <span>
#include <vector>

#include "infersim/calibration/fit_rows.hpp"
#include "infersim/calibration/kernel_description.hpp"

namespace infersim {

/// Rows that share one set of parameters of kernels.
struct FitGroup : FitRows {
  KernelPlace place;
  KernelEntry described;       ///< what is refined
  KernelEfficiency inherited;  ///< what holds without it
};

/// The times of some of a group's rows under any parameters.
class KernelTimes {
 public:
  /// `chosen` are indices into the group's rows, ascending.
  KernelTimes(const FitGroup& group, std::span<const std::size_t> chosen);

  /// ln(predicted / measured) of each chosen row.
  void log_ratios(const KernelEfficiency& parameters, std::span<double> into);
  [[nodiscard]] std::vector<double> log_ratios(const KernelEfficiency& parameters);

 private:
  KernelPlace place_;
  RowTimes times_;
  std::vector<std::shared_ptr<KernelTable>> tables_;  ///< which the machines look at
};

}  // namespace infersim
