#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "infersim/calibration/operator_rows.hpp"
#include "infersim/validation/catalog_names.hpp"
#include "infersim/validation/error_groups.hpp"
#include "infersim/validation/serving_point.hpp"

namespace infersim::detail {

/// Rows that were not compared, by file and reason.
using SkippedCounts = std::map<std::pair<std::string, std::string>, std::size_t>;

/// Where the comparisons of all files come together.
struct Comparisons {
  ErrorSeriesMap series;
  SkippedCounts skipped;
};

/// Compares operators: the latency of a table, or the power of one whose name ends in `_power`.
void compare_operators(const OperatorRows& rows, CatalogNames& names, Comparisons& into);

/// Compares serving runs: TTFT, TPOT and tokens/s/device.
void compare_serving(const MeasuredTable& table, const ServingPoints& points, CatalogNames& names,
                     Comparisons& into);

}  // namespace infersim::detail
