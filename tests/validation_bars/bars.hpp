#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/validation/error_groups.hpp"

namespace infersim::bars {

/// How the figure that is held to a bar comes about.
///   operators      rows of tables of operators; left out: folds of `infersim calibrate`
///   serving        rows of tables of serving runs; left out: folds of the fit of framework terms
///   chip_left_out  operators of chips that a fit did not see at all
///   speed          seconds that `validate` takes for a table
enum class BarKind { operators, serving, chip_left_out, speed };

/// Rows whose cell in a column is, or is not, one of some texts.
struct Filter {
  std::string column;
  std::vector<std::string> among;
  bool excluded = false;
};

/// What a figure has to stay under (percent, seconds), or between (fractions).
struct Limits {
  std::optional<double> median;
  std::optional<double> mean;
  std::optional<double> least_coverage;
  std::optional<double> most_coverage;
  std::optional<double> seconds;
};

/// What the physics lacks where a bar is missed.
struct Lack {
  std::vector<std::string> chips;  ///< as the tables call them; empty: all that no other names
  std::string text;
};

/// One bar, or the same bar for each chip that its rows name.
struct Bar {
  std::string id;
  std::string what;
  BarKind kind = BarKind::operators;
  std::vector<std::string> data;  ///< stems of tables
  Metric metric = Metric::latency;
  std::vector<Filter> filters;
  bool each_chip = false;
  std::string kernel;  ///< class of the calibration; empty: it has no folds of these rows
  std::string format = "*";
  std::string folds;  ///< of the fit of framework terms; empty: none is asked for
  Limits limits;
  std::vector<Lack> lacks;

  /// The text for a chip; empty where nothing is known.
  [[nodiscard]] std::string_view lack_on(std::string_view chip) const;
};

/// Reads the data file; throws InputError with every fault, each with its place.
std::vector<Bar> read_bars(std::string_view toml, const std::string& path);

}  // namespace infersim::bars
