#include "cli/sweep_output.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "cli/output.hpp"
#include "infersim/core/diagnostic.hpp"

namespace infersim::cli {

namespace {

/// Rows wait until it pays to write them, but not longer than a second.
constexpr std::size_t most_buffered = 64 * 1024;
constexpr auto longest_wait = std::chrono::seconds(1);

}  // namespace

SweepOutput::SweepOutput(SweepFormat format, RowText text, std::string file,
                         const WrittenRows& keep)
    : format_(format), text_(std::move(text)), file_(std::move(file)) {
  const bool streamed = format_ == SweepFormat::csv || format_ == SweepFormat::jsonl;
  if (!file_.empty() && !streamed) beside_ = file_ + ".part";
  if (format_ == SweepFormat::sqlite) {
    std::error_code none;
    std::filesystem::remove(beside_, none);
    try {
      database_ = std::make_unique<SqliteRows>(beside_, text_.sweep(), text_.columns());
    } catch (const std::runtime_error& error) {
      throw InputError(fmt::format("--output {}: {}", file_, error.what()),
                       "name a file that can be written");
    }
    return;
  }
  if (!file_.empty()) {
    appended_ = std::make_unique<AppendedFile>(streamed ? file_ : beside_, keep.bytes);
  }
  if (keep.bytes == 0) write(text_.head());
  first_ = keep.rows == 0;
}

void SweepOutput::write(std::string_view text) {
  buffer_ += text;
  const auto now = std::chrono::steady_clock::now();
  if (buffer_.size() >= most_buffered || now - flushed_ >= longest_wait) flush();
}

void SweepOutput::flush() {
  if (appended_) {
    appended_->append(buffer_);
  } else if (!buffer_.empty()) {
    print(buffer_);
  }
  buffer_.clear();
  flushed_ = std::chrono::steady_clock::now();
}

void SweepOutput::add(SweepRow row) {
  if (format_ == SweepFormat::table) {
    rows_.push_back(std::move(row));
  } else if (database_) {
    database_->add(row);
  } else {
    write(text_.line(row, std::exchange(first_, false)));
  }
}

void SweepOutput::finish() {
  if (format_ == SweepFormat::table) write(table_text(text_.columns(), rows_));
  write(text_.tail());
  flush();
  if (database_) {
    database_->finish();
    database_.reset();
  }
  if (beside_.empty()) return;
  std::error_code failure;
  std::filesystem::rename(beside_, file_, failure);
  if (failure) {
    throw InputError(fmt::format("--output {}: {}", file_, failure.message()),
                     "its rows are in " + beside_);
  }
}

}  // namespace infersim::cli
