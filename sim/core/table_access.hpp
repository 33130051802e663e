#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/value_tree.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim::detail {

/// What reading a table of TOML and an object of JSON have in common: ticking off keys, and faults
/// that name the path of a key and its place. A JSON null counts as absent.
class TableAccess {
 public:
  /// A null `table` is an empty one that reports nothing. The path of the root is empty.
  TableAccess(std::shared_ptr<Document> document, const Value* table, std::string path);

  [[nodiscard]] bool silent() const { return table_ == nullptr; }
  [[nodiscard]] bool is_root() const { return path_.empty(); }
  [[nodiscard]] const std::shared_ptr<Document>& document() const { return document_; }
  [[nodiscard]] Location location() const;
  [[nodiscard]] Location location(std::string_view key) const;
  [[nodiscard]] std::string path(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> keys() const;  ///< in the order of the text
  [[nodiscard]] std::vector<const Member*> unread() const;
  /// A fault for every member that was not read, with the absent names that it may have meant.
  void report_unread();

  /// Notes that `key` is a known name, and if `reading` that its value was read.
  const Value* look(std::string_view key, bool reading);
  /// The value of a key, which then counts as read; null if there is none, with a fault if
  /// required.
  const Value* take(std::string_view key, bool required);

  std::optional<std::string> text(std::string_view key, bool required);
  std::optional<std::int64_t> integer(std::string_view key, IntegerRange range, bool required);
  std::optional<double> number(std::string_view key, double least, double most, bool required);
  std::optional<bool> boolean(std::string_view key, bool required);
  std::optional<std::vector<std::string>> texts(std::string_view key, bool required);
  std::optional<std::vector<std::int64_t>> integers(std::string_view key, bool required);
  const Value* table(std::string_view key, bool required, std::string hint = {});

  void fault(Location at, std::string_view key, std::string_view message, std::string hint = {});
  void fault(const Value& at, std::string_view key, std::string_view message,
             std::string hint = {});
  void wrong_type(const Value& value, std::string_view key, std::string_view wanted,
                  std::string hint = {});
  /// Whether another fault would still be heard: if not, there is no need to work on its hint.
  [[nodiscard]] bool heard() const { return !silent() && !document_->faults->full(); }

 private:
  [[nodiscard]] const Member* member(std::string_view key) const;

  std::shared_ptr<Document> document_;
  const Value* table_;
  std::string path_;
  std::map<std::string, bool, std::less<>> asked_;  ///< by name; true: its value was read
};

}  // namespace infersim::detail
