#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/metric.hpp"
#include "infersim/validation/error_statistics.hpp"

namespace infersim {

/// What rows have in common, as the tables write it; `*` over all of them.
struct ErrorLabels {
  std::string chip = "*";
  std::string model = "*";
  std::string framework = "*";
  std::string op = "*";
  std::string dtype = "*";

  friend auto operator<=>(const ErrorLabels&, const ErrorLabels&) = default;
};

/// Rows of which groups are made: of one table, one metric and equal labels.
struct ErrorKey {
  std::string data;  ///< the table's stem
  Metric metric = Metric::latency;
  ErrorLabels labels;

  friend auto operator<=>(const ErrorKey&, const ErrorKey&) = default;
};

struct ErrorSeries {
  std::vector<ErrorSample> samples;
  std::size_t skipped = 0;  ///< rows of these labels that could not be evaluated
};

/// All that was measured, by what it is.
using ErrorSeriesMap = std::map<ErrorKey, ErrorSeries>;

/// The error of some rows of a table.
struct ErrorGroup {
  ErrorKey key;
  ErrorStatistics statistics;
  std::size_t skipped = 0;
};

/// The error of each table and metric over all rows, by chip, model, framework, operator and type,
/// and by the combinations that a reader looks for: chip with operator and type, with framework,
/// with model; all five. In the order of the keys, which puts what is over more before its parts.
std::vector<ErrorGroup> error_groups(const ErrorSeriesMap& series);

}  // namespace infersim
