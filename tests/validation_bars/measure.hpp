#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "infersim/validation/catalog_names.hpp"
#include "validation_bars/bars.hpp"
#include "validation_bars/left_out.hpp"
#include "validation_bars/measurements.hpp"

namespace infersim::bars {

/// One line of the table: a bar, or a bar on one chip.
struct Result {
  const Bar* bar = nullptr;
  std::string chip;  ///< as the tables call it; empty: over all
  std::string what;
  std::string how;                       ///< the figure that is held to the bar came about
  std::optional<LeftOutError> left_out;  ///< errors of rows that were not fitted
  std::optional<LeftOutError> in_sample;
  std::optional<double> seconds;
  Samples samples;     ///< that a plot of residuals shows
  std::string part{};  ///< class of operators, where one bar is of several

  enum class Verdict { pass, miss, not_measured };
  /// By the rows that were not fitted, and only where there are none by the others.
  [[nodiscard]] Verdict verdict() const;
  /// Names its plot.
  [[nodiscard]] std::string id() const;
};

/// What bars are measured with.
struct Sources {
  const Measurements& measurements;
  const LeftOut& left_out;
  CatalogNames& names;
  /// Seconds that `validate` takes for a file.
  std::function<double(const std::string& file)> time;
};

/// The lines of a bar: one, or one for each chip.
std::vector<Result> measure(const Bar& bar, const Sources& sources);

}  // namespace infersim::bars
