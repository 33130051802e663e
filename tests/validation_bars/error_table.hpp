#pragma once

#include <initializer_list>
#include <map>
#include <string>

#include "validation_bars/measurements.hpp"

namespace infersim::bars {

/// Heading and rule of a Markdown table of errors, behind the headings of the labels, which ` | `
/// separates.
std::string error_heading(const std::string& labels);

/// One row: n, bias, median, mean, p90, coverage, rank correlation.
std::string error_row(const std::string& label, const Samples& samples);

/// A table of parts.
std::string error_table(const std::string& labels, const std::map<std::string, Samples>& parts);

/// `5.6`: a percentage with one decimal.
std::string percent(double value);

/// Cells of a row, joined for a label: empty ones are left out.
std::string joined(const Sample& sample, std::initializer_list<const char*> columns);

}  // namespace infersim::bars
