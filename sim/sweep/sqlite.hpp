#pragma once

#include <string>
#include <vector>

#include "infersim/report/schema.hpp"

// SQLite behind types that close themselves; its header stays in the source.

struct sqlite3;
struct sqlite3_stmt;

namespace infersim::detail {

class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  /// Runs it with these parameters. Throws std::runtime_error if it fails.
  void run(const std::vector<FieldValue>& values);
  /// Whether the first column of its only row is true: neither NULL nor 0.
  [[nodiscard]] bool is_true(const std::vector<FieldValue>& values);

 private:
  void bind(const std::vector<FieldValue>& values);
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  /// A file, or `:memory:`. Throws std::runtime_error if it cannot be opened.
  explicit Database(const std::string& path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// A statement; where it is none, `fault` says why.
  Statement prepare(const std::string& sql, std::string& fault);
  /// Runs statements without results. Throws std::runtime_error.
  void run(const std::string& sql);

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace infersim::detail
