#include "infersim/calibration/measured_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <boost/spirit/home/x3.hpp>

#include "infersim/core/text.hpp"

namespace infersim {
namespace {

/// Cells are addressed by 32 bits.
constexpr std::size_t most_bytes = std::numeric_limits<std::uint32_t>::max();

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// The place of `at` in `text`, of which line `line` begins at `from`.
Location place(const std::string& path, std::string_view text, std::size_t from, std::size_t line,
               std::size_t at) {
  const std::string_view before = text.substr(from, at - from);
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? at - from : at - from - start - 1;
  return {path, line + lines_in(before), column + 1};
}

}  // namespace

/// Takes a text apart into the cells of a table.
class CsvReader {
 public:
  explicit CsvReader(MeasuredTable& table) : table_(table), text_(*table.text_) {}

  void read() {
    if (text_.size() > most_bytes) throw InputError(table_.path_ + ": larger than 4 GiB");
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    while (at_ < text_.size()) {
      if (!read_row()) break;
    }
    if (table_.header_.empty() && faults_.empty()) {
      faults_.error({table_.path_, 0, 0}, "is empty", "a CSV file begins with a line of names");
    }
    faults_.throw_if_any();
  }

 private:
  /// One row of the grammar of RFC 4180; false where it is broken and what follows has no meaning.
  bool read_row() {
    namespace x3 = boost::spirit::x3;
    row_.clear();
    const char* const begin = text_.data();
    const char* at = begin + at_;
    const char* const end = begin + text_.size();
    const auto add = [&](auto& context) {
      const auto& range = x3::_attr(context);
      row_.push_back({static_cast<std::uint32_t>(range.begin() - begin),
                      static_cast<std::uint32_t>(range.end() - range.begin())});
    };
    const auto quoted = '"' >> x3::raw[*(~x3::char_('"') | "\"\"")][add] >> '"';
    const auto plain = x3::raw[*~x3::char_("\",\r\n")][add];
    const bool matched = x3::parse(at, end, (quoted | plain) % ',');
    const auto stop = static_cast<std::size_t>(at - begin);
    if (!matched || !x3::parse(at, end, x3::eol | x3::eoi)) {
      const bool open = stop < text_.size() && text_[stop] == '"' &&
                        (stop == 0 || text_[stop - 1] == ',' || text_[stop - 1] == '\n');
      faults_.error(place(table_.path_, text_, at_, line_, stop),
                    open ? "a quote that is never closed" : "a quote or line break inside a cell",
                    "a cell with commas, quotes or line breaks stands in quotes, its own quotes "
                    "doubled");
      return false;
    }
    accept(stop);
    const auto next = static_cast<std::size_t>(at - begin);
    line_ += lines_in(std::string_view(text_).substr(at_, next - at_));
    at_ = next;
    return !faults_.full();
  }

  void accept(std::size_t stop) {
    if (stop == at_) return;  // an empty line
    for (MeasuredTable::Cell& cell : row_)
      undouble_quotes(cell);
    if (table_.header_.empty()) return accept_header();
    if (row_.size() != table_.header_.size()) {
      faults_.error(
          {table_.path_, line_, 1},
          fmt::format("{} cells under a header of {}", row_.size(), table_.header_.size()),
          "a row has a cell for every name, if need be an empty one");
      return;
    }
    table_.cells_.insert(table_.cells_.end(), row_.begin(), row_.end());
    table_.lines_.push_back(line_);
  }

  void accept_header() {
    std::set<std::string_view> names;
    for (const MeasuredTable::Cell& cell : row_) {
      const std::string_view name{text_.data() + cell.offset, cell.size};
      if (name.empty() || !names.insert(name).second) {
        faults_.error(place(table_.path_, text_, at_, line_, cell.offset),
                      name.empty() ? "a column without a name"
                                   : fmt::format("a second column {}", quote(name)));
        if (faults_.full()) return;
      }
      table_.header_.push_back(name);
    }
  }

  /// `""` within quotes is one quote. The cell keeps its place, what it loses is at its end.
  void undouble_quotes(MeasuredTable::Cell& cell) {
    const std::string_view text{text_.data() + cell.offset, cell.size};
    if (text.find("\"\"") == std::string_view::npos) return;
    char* const out = text_.data() + cell.offset;
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < cell.size; ++i) {
      out[kept++] = out[i];
      if (out[i] == '"') ++i;
    }
    cell.size = kept;
  }

  MeasuredTable& table_;
  std::string& text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<MeasuredTable::Cell> row_;
  Diagnostics faults_;
};

MeasuredTable::MeasuredTable(std::string text, std::string path)
    : text_(std::make_shared<std::string>(std::move(text))), path_(std::move(path)) {
  CsvReader(*this).read();
}

std::string MeasuredTable::stem() const { return std::filesystem::path(path_).stem().string(); }

std::optional<std::size_t> MeasuredTable::column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

Location MeasuredTable::location(std::size_t row, std::size_t column) const {
  const std::size_t first = row * header_.size();
  std::size_t from = cells_[first].offset;
  if (from > 0 && (*text_)[from - 1] == '"') --from;
  return place(path_, *text_, from, lines_[row], cells_[first + column].offset);
}

MeasuredTable load_measured_table(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw InputError(path + ": cannot be read", "check the path");
  return {std::move(text).str(), path};
}

std::optional<double> number_in(const MeasuredTable& table, std::size_t row, std::size_t column,
                                Diagnostics& faults) {
  const std::string_view text = table.cell(row, column);
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc{} && end == text.data() + text.size() && std::isfinite(value)) {
    return value;
  }
  faults.error(table.location(row, column),
               fmt::format("{}: {} is not a number", table.header()[column], quote(text)),
               "a finite decimal number, or an empty cell where it is unknown");
  return std::nullopt;
}

}  // namespace infersim
