#pragma once

#include <string>

#include "infersim/report/text.hpp"
#include "infersim/validation/validate.hpp"

namespace infersim {

/// Errors as a table for each table of measurements and metric, and what was skipped and why.
std::string validation_table(const ValidationReport& report, const TextStyle& style);

/// All groups and what was skipped, as docs/validate.md describes them. Figures of a group without
/// rows are null.
std::string json_validation(const ValidationReport& report);

}  // namespace infersim
