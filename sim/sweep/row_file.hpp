#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "sweep/row_text.hpp"

namespace infersim {

/// A line of a CSV or JSONL file of rows: which question of which sweep it answers.
struct RowMark {
  std::uint64_t point = 0;  ///< from 1
  std::string sweep;        ///< with the number of all questions behind its slash
};

/// The mark of a whole line; empty if it is no row.
std::optional<RowMark> mark_of(std::string_view line);

/// The number of all questions of a sweep.
std::uint64_t total_of(const RowMark& mark);

/// What a file of rows holds so far.
struct WrittenRows {
  std::uintmax_t bytes = 0;  ///< of its head and whole rows; what follows them is torn
  std::uint64_t last = 0;    ///< point of its last row; 0: it has none
  std::uint64_t rows = 0;
};

/// What a file of rows that is to be gone on with holds. Throws InputError, with the line, if it is
/// of another sweep or has other columns.
WrittenRows written_rows(const std::string& path, const RowText& text);

/// Appends text to a file that may stop at any byte: what is written is always the beginning of the
/// whole.
class AppendedFile {
 public:
  /// Cuts the file after so many bytes. Throws InputError if it cannot be written.
  AppendedFile(const std::string& path, std::uintmax_t keep);
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;
  ~AppendedFile();
  /// Throws InputError if the disk is full or the like.
  void append(std::string_view text);

 private:
  std::string path_;
  int descriptor_;
};

/// One of the files that are merged, row by row.
class RowReader {
 public:
  explicit RowReader(const std::string& path);

  /// The first line of a CSV file; empty for JSONL.
  [[nodiscard]] const std::string& head() const { return head_; }
  [[nodiscard]] bool done() const { return !row_; }
  [[nodiscard]] const RowMark& row() const { return *row_; }
  [[nodiscard]] const std::string& line() const { return line_; }
  [[nodiscard]] Location place() const { return {path_, number_, 0}; }
  /// Throws InputError for a line that is no row, or is not whole.
  void next();

 private:
  bool read();
  std::string path_;
  std::ifstream file_;
  std::string head_;
  std::string line_;  ///< with its end
  std::size_t number_ = 0;
  std::optional<RowMark> row_;
};

/// Joins files of the rows of one sweep: gives its head, if it has one, and each line to `take` in
/// the order of the questions. Returns how many rows there were. Throws InputError, with file and
/// line, for a row that is missing or there twice, files of other sweeps or columns, and what
/// RowReader throws.
std::uint64_t merge_rows(const std::vector<std::string>& paths,
                         const std::function<void(std::string_view)>& take);

}  // namespace infersim
