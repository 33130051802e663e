#pragma once

#include <optional>
#include <string>
#include <vector>

namespace infersim::test {

/// A row of tests/workload/published_counts.csv: what somebody published of a model.
struct PublishedCount {
  std::string model;
  std::optional<double> total;   ///< parameters, without MTP modules and vision tower
  std::optional<double> active;  ///< of a token, without the input embedding
  std::optional<double> kv_bytes;
  std::optional<double> state_bytes;
  double tolerance = 0;  ///< of the total: half a unit of the last digit printed
  double active_tolerance = 0;
  std::string source;
};

/// All rows. Throws std::runtime_error for a line that has another form.
std::vector<PublishedCount> published_counts();

}  // namespace infersim::test
