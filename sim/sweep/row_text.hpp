#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sweep/evaluator.hpp"
#include "sweep/keys.hpp"

namespace infersim {

/// How rows are written.
enum class SweepFormat { table, csv, md, jsonl, json, sqlite };

/// The format of that name, or InputError that lists them.
SweepFormat sweep_format(std::string_view name);

/// How rows become lines. Columns `point` (from 1) and `sweep` (whose row it is) go before the
/// others in every format but tables for people. Numbers are printed so that reading them gives the
/// same value again; what is empty or not finite is null, in CSV nothing.
class RowText {
 public:
  RowText(SweepFormat format, std::string sweep, std::vector<SweepKey> columns);

  [[nodiscard]] std::string head() const;
  /// One line, ended (but for `table`, which needs all rows: see `table_text`).
  [[nodiscard]] std::string line(const SweepRow& row, bool first) const;
  [[nodiscard]] std::string tail() const;

  [[nodiscard]] const std::vector<SweepKey>& columns() const { return columns_; }
  [[nodiscard]] const std::string& sweep() const { return sweep_; }

 private:
  SweepFormat format_;
  std::string sweep_;
  std::vector<SweepKey> columns_;
};

/// All rows as one aligned table.
std::string table_text(const std::vector<SweepKey>& columns, const std::vector<SweepRow>& rows);

/// Writes all rows to table `sweep` of a new SQLite database. Throws std::runtime_error.
class SqliteRows {
 public:
  SqliteRows(const std::string& path, std::string sweep, const std::vector<SweepKey>& columns);
  SqliteRows(const SqliteRows&) = delete;
  SqliteRows& operator=(const SqliteRows&) = delete;
  ~SqliteRows();
  void add(const SweepRow& row);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace infersim
