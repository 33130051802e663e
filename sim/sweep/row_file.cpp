#include "sweep/row_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim {
namespace {

constexpr std::string_view csv_head = "point,sweep";
constexpr std::string_view json_head = "{\"point\":";
constexpr std::string_view json_sweep = ",\"sweep\":\"";

std::uint64_t count_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

}  // namespace

std::optional<RowMark> mark_of(std::string_view line) {
  char after = ',';
  std::string_view between = ",";
  if (line.starts_with(json_head)) {
    line.remove_prefix(json_head.size());
    between = json_sweep;
    after = '"';
  }
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  RowMark mark;
  mark.point = count_of(line.substr(0, comma));
  line.remove_prefix(comma);
  if (!line.starts_with(between)) return std::nullopt;
  line.remove_prefix(between.size());
  mark.sweep = line.substr(0, line.find(after));
  if (mark.point == 0 || total_of(mark) == 0) return std::nullopt;
  return mark;
}

std::uint64_t total_of(const RowMark& mark) {
  return count_of(std::string_view(mark.sweep).substr(mark.sweep.find('/') + 1));
}

WrittenRows written_rows(const std::string& path, const RowText& text) {
  WrittenRows written;
  std::ifstream file(path, std::ios::binary);
  if (!file) return written;
  const std::string head = text.head();
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;  // no end of line: torn
    line += '\n';
    const auto refuse = [&](const std::string& what) {
      throw InputError(
          {{{path, number, 1},
            what,
            "--resume goes on with a file of the same question; name another --output"}});
    };
    if (number == 1 && !head.empty()) {
      if (line != head) refuse("other columns than those of this sweep");
    } else {
      const auto mark = mark_of(line);
      if (!mark) refuse("no row of a sweep");
      if (mark->sweep != text.sweep()) refuse("a row of another sweep");
      if (mark->point <= written.last) refuse("its rows are not in order");
      written.last = mark->point;
      ++written.rows;
    }
    written.bytes += line.size();
  }
  return written;
}

AppendedFile::AppendedFile(const std::string& path, std::uintmax_t keep)
    : path_(path), descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0 || ::ftruncate(descriptor_, static_cast<off_t>(keep)) != 0 ||
      ::lseek(descriptor_, 0, SEEK_END) < 0) {
    const std::string why = std::strerror(errno);
    if (descriptor_ >= 0) ::close(descriptor_);
    throw InputError(fmt::format("--output {}: {}", path, why), "name a file that can be written");
  }
}

AppendedFile::~AppendedFile() { ::close(descriptor_); }

void AppendedFile::append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      throw InputError(fmt::format("--output {}: {}", path_, std::strerror(errno)),
                       "what is there is whole but for its last row; --resume goes on");
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

RowReader::RowReader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  if (!file_) throw InputError(path + ": cannot be read", "check the path");
  if (!read()) return;
  if (line_.starts_with(csv_head)) {
    head_ = line_;
    next();
  } else {
    row_ = mark_of(line_);
    if (!row_) throw InputError({{place(), "no row of a sweep", "merge CSV or JSONL of `sweep`"}});
  }
}

bool RowReader::read() {
  if (!std::getline(file_, line_)) return false;
  ++number_;
  if (file_.eof()) {
    throw InputError({{place(), "its last row is torn",
                       "run its `infersim sweep` again with --resume to complete it"}});
  }
  line_ += '\n';
  return true;
}

void RowReader::next() {
  if (!read()) {
    row_.reset();
    return;
  }
  row_ = mark_of(line_);
  if (!row_) throw InputError({{place(), "no row of a sweep", "merge CSV or JSONL of `sweep`"}});
}

std::uint64_t merge_rows(const std::vector<std::string>& paths,
                         const std::function<void(std::string_view)>& take) {
  std::vector<RowReader> files;
  files.reserve(paths.size());
  for (const std::string& path : paths)
    files.emplace_back(path);
  const RowReader* first = nullptr;
  std::string sweep;
  for (const RowReader& file : files) {
    if (first == nullptr) first = &file;
    if (file.head() != first->head()) {
      throw InputError({{file.place(), "other columns than those of " + paths.front(),
                         "run all shards with the same options"}});
    }
    if (file.done()) continue;
    if (sweep.empty()) sweep = file.row().sweep;
  }
  if (sweep.empty()) throw InputError("no file has a row", "name the files of all shards");
  const std::uint64_t total = total_of({0, sweep});
  if (!first->head().empty()) take(first->head());
  const auto missing = [&](std::uint64_t point) {
    return InputError(fmt::format("row {} of {} is missing", point, total),
                      "name the files of all shards; --resume completes one that was cut short");
  };
  std::uint64_t point = 1;
  for (;;) {
    RowReader* least = nullptr;
    for (RowReader& file : files) {
      if (file.done()) continue;
      if (file.row().sweep != sweep) {
        throw InputError({{file.place(), "a row of another sweep than " + paths.front(),
                           "run all shards with the same options"}});
      }
      if (least == nullptr || file.row().point < least->row().point) least = &file;
    }
    if (least == nullptr) break;
    if (least->row().point < point) {
      throw InputError(
          {{least->place(),
            fmt::format("row {} is there twice, or its file is not in order", least->row().point),
            "name each shard once"}});
    }
    if (least->row().point > point) throw missing(point);
    take(least->line());
    least->next();
    ++point;
  }
  if (point <= total) throw missing(point);
  return total;
}

}  // namespace infersim
