#pragma once

#include <string>
#include <vector>

namespace infersim {

/// A cell of CSV (RFC 4180): in quotes if it has commas, quotes or line ends.
std::string csv_cell(const std::string& cell);

/// Rows, the first of which are headings, as CSV and as a table of Markdown.
std::string csv_table(const std::vector<std::vector<std::string>>& rows);
std::string markdown_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace infersim
