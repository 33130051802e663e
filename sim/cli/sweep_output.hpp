#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/evaluator.hpp"
#include "sweep/row_file.hpp"
#include "sweep/row_text.hpp"

namespace infersim::cli {

/// Where the rows of a sweep go: standard output or a file, in a format. CSV and JSONL go to their
/// file as they come, so that a run that is cut short can be gone on with; the other formats to a
/// file beside it, which takes its name at the end.
class SweepOutput {
 public:
  /// `keep`: what is there already and stays. Throws InputError for a file that cannot be written.
  SweepOutput(SweepFormat format, RowText text, std::string file, const WrittenRows& keep);

  void add(SweepRow row);
  void finish();

 private:
  void write(std::string_view text);
  void flush();

  SweepFormat format_;
  RowText text_;
  std::string file_;    ///< empty: standard output
  std::string beside_;  ///< what is renamed to it; empty: nothing
  std::unique_ptr<AppendedFile> appended_;
  std::unique_ptr<SqliteRows> database_;
  std::vector<SweepRow> rows_;  ///< of a table, whose columns are as wide as the widest
  std::string buffer_;
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
  bool first_ = true;
};

}  // namespace infersim::cli
