#pragma once

#include <string>
#include <vector>

namespace infersim {

/// The ratio measured / predicted of rows that a fit did not see: one row in ten is under p10, one
/// over p90.
struct ResidualSpread {
  double p10 = 0;
  double p90 = 0;

  friend bool operator==(const ResidualSpread&, const ResidualSpread&) = default;
};

/// How far kernels were from the equations that were fitted to them, in rows of folds left out.
struct KernelResidual {
  int rows = 0;                    ///< that were fitted; 0: none, and nothing is known
  std::vector<std::string> chips;  ///< on which they were measured, by the ids of their devices
  double median_error = 0;         ///< of |predicted / measured - 1|
  double mean_error = 0;
  ResidualSpread spread;
  ResidualSpread chip_spread;  ///< of chips left out whole; 0 where there was one alone

  friend bool operator==(const KernelResidual&, const KernelResidual&) = default;
};

}  // namespace infersim
