#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace infersim::bars {

/// The error of rows that a fit did not see; percent, but bias (ratio) and coverage (fraction).
struct LeftOutError {
  std::size_t rows = 0;
  double median = 0;
  double mean = 0;
  std::optional<double> p90;
  std::optional<double> bias;
  std::optional<double> coverage;
};

/// Operators of a chip under a fit of all chips: its `groups`; `*` is over all.
struct OperatorFolds {
  std::string chip;  ///< id of a device
  std::string kernel;
  std::string format;
  std::string framework;
  LeftOutError folds;
  std::optional<LeftOutError> chip_left_out;  ///< predicted by the family's other chips
};

/// Operators of a chip that `infersim calibrate --leave-out CHIP` predicted: its `left_out`.
struct ForeignChip {
  std::string chip;
  std::string family;  ///< whose chips were fitted
  std::string kernel;  ///< class, all formats and frameworks together
  LeftOutError error;
};

/// Serving runs that a fit of framework terms did not see.
struct ServingFolds {
  std::string folds;  ///< `rows`, `model`, `chip`: what was left out in turn
  std::string data;   ///< stem of the table
  std::string metric;
  std::string chip;  ///< as the table calls it; `*`
  LeftOutError error;
};

/// What fits left behind in results/validation/; a file that is not there has nothing.
struct LeftOut {
  /// Of calibration/*.json, each what `infersim calibrate --json` printed.
  std::vector<OperatorFolds> operators;
  std::vector<ForeignChip> foreign;
  std::vector<ServingFolds> serving;  ///< of serving_*.json
};

/// Reads these files of a directory; throws InputError for one that is no such document.
LeftOut read_left_out(const std::filesystem::path& directory);

}  // namespace infersim::bars
