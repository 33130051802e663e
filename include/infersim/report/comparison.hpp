#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// One column of a comparison: an answer, or why there is none.
struct ComparisonColumn {
  std::string title;
  Scenario scenario;
  Feasible<PlannedAnswer> answer;
};

/// The same question side by side: the labelled fields of the schema, one line each, and below
/// every metric its ratio to that of the first column that has one. Columns that do not fit beside
/// each other follow in further blocks.
std::string comparison(const std::vector<ComparisonColumn>& columns, const TextStyle& style);

}  // namespace infersim
