#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infersim/calibration/measured_table.hpp"
#include "infersim/validation/validate.hpp"
#include "validation_bars/bars.hpp"

namespace infersim::bars {

/// One comparison, with the row that it is about.
struct Sample {
  ErrorSample error;
  const MeasuredTable* table = nullptr;

  /// What the row has in a column; empty where the table has no such column.
  [[nodiscard]] std::string_view cell(std::string_view column) const;
};

using Samples = std::vector<Sample>;

/// All that is measured below a directory, beside what is predicted of it.
class Measurements {
 public:
  explicit Measurements(const std::string& directory);
  Measurements(const Measurements&) = delete;
  Measurements& operator=(const Measurements&) = delete;

  /// Of a table, in the order of its rows; empty if there is no such table.
  [[nodiscard]] const Samples& samples(const std::string& data, Metric metric) const;
  /// Of a bar's tables, those that its filters leave.
  [[nodiscard]] Samples samples(const Bar& bar) const;
  [[nodiscard]] const ValidationReport& report() const { return report_; }
  /// The file of that stem; throws InputError if there is none.
  [[nodiscard]] const std::string& file(const std::string& data) const;

 private:
  ValidationReport report_;
  std::map<std::string, MeasuredTable> tables_;  // by stem
  std::map<std::pair<std::string, Metric>, Samples> samples_;
};

/// The statistics of samples. Those that were predicted by others have no interval.
ErrorStatistics statistics_of(const Samples& samples);

/// Sorted into parts by what `label` says of each.
template <class Label>
std::map<std::string, Samples> parts_of(const Samples& samples, const Label& label) {
  std::map<std::string, Samples> parts;
  for (const Sample& sample : samples)
    parts[label(sample)].push_back(sample);
  return parts;
}

}  // namespace infersim::bars
