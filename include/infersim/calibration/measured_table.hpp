#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/diagnostic.hpp"

namespace infersim {

/// A CSV file (RFC 4180) of measurements: a header that names columns, then rows of as many cells.
/// Cells are views of the text, which copies of the table share.
class MeasuredTable {
 public:
  /// Reads CSV text; `path` names it in messages. Quoted cells may hold commas, quotes (doubled)
  /// and line breaks; lines end in either way; a byte order mark and empty lines are passed over.
  /// Throws InputError with every fault: a quote that is never closed or stands inside a cell, rows
  /// of another length than the header, names that are empty or given twice.
  MeasuredTable(std::string text, std::string path);

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The file's name without its folder and ending: `gemm_power`.
  [[nodiscard]] std::string stem() const;
  [[nodiscard]] const std::vector<std::string_view>& header() const { return header_; }
  [[nodiscard]] std::size_t rows() const { return lines_.size(); }

  /// The column of that name, if there is one.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const {
    const Cell& cell = cells_[row * header_.size() + column];
    return {text_->data() + cell.offset, cell.size};
  }
  /// Where a cell stands in the file.
  [[nodiscard]] Location location(std::size_t row, std::size_t column) const;

 private:
  struct Cell {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };
  friend class CsvReader;

  std::shared_ptr<std::string> text_;
  std::string path_;
  std::vector<std::string_view> header_;
  std::vector<Cell> cells_;
  std::vector<std::size_t> lines_;  ///< on which each row begins
};

/// The table in a file. Throws InputError if it cannot be read.
MeasuredTable load_measured_table(const std::string& path);

/// The finite number in a cell; empty for an empty cell. What is no number is a fault, with the
/// place and the column's name.
std::optional<double> number_in(const MeasuredTable& table, std::size_t row, std::size_t column,
                                Diagnostics& faults);

}  // namespace infersim
