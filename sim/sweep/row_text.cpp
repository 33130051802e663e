#include "sweep/row_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/report/plain_table.hpp"
#include "infersim/report/table.hpp"
#include "infersim/report/text.hpp"
#include "sweep/sqlite.hpp"

namespace infersim {
namespace {

using enum SweepFormat;

constexpr std::array<std::pair<std::string_view, SweepFormat>, 6> formats = {{{"table", table},
                                                                              {"csv", csv},
                                                                              {"md", md},
                                                                              {"jsonl", jsonl},
                                                                              {"json", json},
                                                                              {"sqlite", sqlite}}};

/// A value as plain text; empty for what is empty.
std::string plain(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    // A row is a line, in every format.
    std::string line = *text;
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
  }
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
  if (const auto* number = std::get_if<double>(&value)) {
    return std::isfinite(*number) ? fmt::format("{}", *number) : "";
  }
  return {};
}

std::string in_json(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return nlohmann::json(*text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  const std::string text = plain(value);
  return text.empty() ? "null" : text;
}

std::string in_markdown(const std::string& text) {
  std::string cell;
  for (const char c : text)
    cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

std::string object(const SweepRow& row, const std::string& sweep,
                   const std::vector<SweepKey>& columns) {
  std::string text = fmt::format("{{\"point\":{},\"sweep\":\"{}\"", row.number(), sweep);
  for (std::size_t i = 0; i < columns.size(); ++i)
    text += fmt::format(",{}:{}", in_json(columns[i].name), in_json(row.values[i]));
  return text + '}';
}

/// A figure as people read it; texts as they are.
std::string shown(const FieldValue& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr && std::isfinite(*number) ? digits(*number) : plain(value);
}

}  // namespace

SweepFormat sweep_format(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [each, format] : formats) {
    if (each == name) return format;
    names.emplace_back(each);
  }
  throw InputError(fmt::format("--format: {} is none", quote(name)), "one of: " + join(names));
}

RowText::RowText(SweepFormat format, std::string sweep, std::vector<SweepKey> columns)
    : format_(format), sweep_(std::move(sweep)), columns_(std::move(columns)) {}

std::string RowText::head() const {
  std::string text;
  switch (format_) {
    case csv:
      text = "point,sweep";
      for (const SweepKey& key : columns_)
        text += ',' + csv_cell(key.name);
      return text + '\n';
    case md:
      text = "| point |";
      for (const SweepKey& key : columns_)
        text += fmt::format(" {} |", in_markdown(key.name));
      text += "\n|---|";
      for (std::size_t i = 0; i < columns_.size(); ++i)
        text += "---|";
      return text + '\n';
    case json:
      return fmt::format("{{\n  \"schema\": {},\n  \"version\": \"{}\",\n  \"results\": [",
                         schema_version, version());
    default: return {};
  }
}

std::string RowText::line(const SweepRow& row, bool first) const {
  std::string text;
  switch (format_) {
    case csv:
      text = fmt::format("{},{}", row.number(), sweep_);
      for (std::size_t i = 0; i < columns_.size(); ++i)
        text += ',' + csv_cell(plain(row.values[i]));
      return text + '\n';
    case md:
      text = fmt::format("| {} |", row.number());
      for (std::size_t i = 0; i < columns_.size(); ++i)
        text += fmt::format(" {} |", in_markdown(shown(row.values[i])));
      return text + '\n';
    case jsonl: return object(row, sweep_, columns_) + '\n';
    case json: return (first ? "\n    " : ",\n    ") + object(row, sweep_, columns_);
    default: return {};
  }
}

std::string RowText::tail() const { return format_ == json ? "\n  ]\n}\n" : ""; }

std::string table_text(const std::vector<SweepKey>& columns, const std::vector<SweepRow>& rows) {
  Table table;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto filled = [&](const SweepRow& row) { return !plain(row.values[i]).empty(); };
    // A column of reasons where all have answers tells nothing.
    if (columns[i].kind == SweepKey::Kind::reason && std::none_of(rows.begin(), rows.end(), filled))
      continue;
    const bool text = std::any_of(rows.begin(), rows.end(), [&](const SweepRow& row) {
      return std::holds_alternative<std::string>(row.values[i]);
    });
    const std::string& path = columns[i].name;
    // The last part will do, but beside an axis `batch` the record's is `plan.batch`.
    const std::string last = path.substr(path.rfind('.') + 1);
    const bool taken = std::any_of(columns.begin(), columns.end(), [&](const SweepKey& other) {
      return other.name == last && other.name != path;
    });
    const bool whole = taken || columns[i].kind == SweepKey::Kind::axis;
    table.columns.push_back({whole ? path : last, !text});
    kept.push_back(i);
  }
  TextStyle style;
  style.width = 1 << 20;  // rows are lines: a terminal may wrap them, a file must not
  for (const SweepRow& row : rows) {
    std::vector<std::string>& cells = table.rows.emplace_back();
    for (const std::size_t i : kept) {
      const std::string cell = shown(row.values[i]);
      cells.push_back(cell.empty() ? "-" : cell);
    }
  }
  return table.text(style);
}

struct SqliteRows::State {
  explicit State(const std::string& path) : database(path) {}
  detail::Database database;
  detail::Statement insert;
  std::string sweep;
  std::size_t columns = 0;
};

SqliteRows::SqliteRows(const std::string& path, std::string sweep,
                       const std::vector<SweepKey>& columns)
    : state_(std::make_unique<State>(path)) {
  state_->sweep = std::move(sweep);
  state_->columns = columns.size();
  // The file counts once it is renamed: until then nothing has to survive.
  state_->database.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");
  std::string create = "CREATE TABLE sweep (point INTEGER PRIMARY KEY, sweep TEXT";
  std::string places = "?, ?";
  for (const SweepKey& key : columns) {
    create += fmt::format(", \"{}\"", key.name);
    places += ", ?";
  }
  state_->database.run(create + "); BEGIN;");
  std::string fault;
  state_->insert = state_->database.prepare("INSERT INTO sweep VALUES (" + places + ")", fault);
  if (!fault.empty()) throw std::runtime_error(fault);
}

SqliteRows::~SqliteRows() = default;

void SqliteRows::add(const SweepRow& row) {
  std::vector<FieldValue> values = {static_cast<std::int64_t>(row.number()), state_->sweep};
  values.insert(values.end(), row.values.begin(),
                row.values.begin() + static_cast<std::ptrdiff_t>(state_->columns));
  state_->insert.run(values);
}

void SqliteRows::finish() { state_->database.run("COMMIT;"); }

}  // namespace infersim
