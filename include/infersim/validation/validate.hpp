#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/validation/error_groups.hpp"

namespace infersim {

/// Rows of a file that were not compared, and why.
struct SkippedRows {
  std::string file;
  std::string reason;
  std::size_t rows = 0;
};

/// Predictions beside measurements.
struct ValidationReport {
  ErrorSeriesMap series;  ///< every comparison, as plots show them
  std::vector<ErrorGroup> groups;
  std::vector<SkippedRows> skipped;  ///< by file, then reason

  /// Figures compared; a row may have several.
  [[nodiscard]] std::size_t compared() const;
};

/// The `*.csv` files that paths name: files as they are, those below directories sorted, each once.
/// Throws InputError for a path that is not there or has none.
std::vector<std::string> measured_files(const std::vector<std::string>& paths);

/// Predicts what every row of the files measured, of operators and of serving runs:
/// docs/validate.md has the columns. Rows whose chip, model, type or setting means nothing are
/// counted and named, and so are files whose columns are of no known table. `progress` is told each
/// file before it is read. Throws InputError with every fault of all files.
ValidationReport validate(const std::vector<std::string>& files, const Catalog& catalog,
                          const std::function<void(const std::string& file)>& progress);

}  // namespace infersim
