#include "sweep/sqlite.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>
#include <variant>

#include <sqlite3.h>

namespace infersim::detail {
namespace {

[[noreturn]] void fail(sqlite3* database) { throw std::runtime_error(sqlite3_errmsg(database)); }

struct Binder {
  sqlite3_stmt* statement;
  int place;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, place); }
  int operator()(bool value) const { return sqlite3_bind_int(statement, place, value ? 1 : 0); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, place, value); }
  int operator()(double value) const {
    // What is not finite is null, as in every other format.
    return std::isfinite(value) ? sqlite3_bind_double(statement, place, value)
                                : sqlite3_bind_null(statement, place);
  }
  int operator()(const std::string& value) const {
    // No destructor: the text outlives the step.
    return sqlite3_bind_text(statement, place, value.data(), static_cast<int>(value.size()),
                             nullptr);
  }
};

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(const std::vector<FieldValue>& values) {
  sqlite3_reset(statement_);
  int place = 0;
  for (const FieldValue& value : values) {
    if (std::visit(Binder{statement_, ++place}, value) != SQLITE_OK) {
      fail(sqlite3_db_handle(statement_));
    }
  }
}

void Statement::run(const std::vector<FieldValue>& values) {
  bind(values);
  if (sqlite3_step(statement_) != SQLITE_DONE) fail(sqlite3_db_handle(statement_));
  sqlite3_reset(statement_);
}

bool Statement::is_true(const std::vector<FieldValue>& values) {
  bind(values);
  if (sqlite3_step(statement_) != SQLITE_ROW) fail(sqlite3_db_handle(statement_));
  const bool result = sqlite3_column_type(statement_, 0) != SQLITE_NULL &&
                      sqlite3_column_double(statement_, 0) != 0;
  sqlite3_reset(statement_);
  return result;
}

Database::Database(const std::string& path) {
  if (sqlite3_open(path.c_str(), &database_) == SQLITE_OK) return;
  const std::string why = sqlite3_errmsg(database_);
  sqlite3_close(database_);
  throw std::runtime_error(why);
}

Database::~Database() { sqlite3_close(database_); }

Statement Database::prepare(const std::string& sql, std::string& fault) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    fault = sqlite3_errmsg(database_);
  }
  return Statement(statement);
}

void Database::run(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(database_);
  }
}

}  // namespace infersim::detail
