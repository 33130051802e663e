#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "infersim/calibration/measured_table.hpp"

namespace infersim::detail {

/// A column by its name, found once for all rows.
struct Field {
  Field(const MeasuredTable& table, std::string_view its_name)
      : name(its_name), column(table.column(its_name)) {}
  std::string_view name;
  std::optional<std::size_t> column;
};

/// One row, and why it cannot be interpreted if so.
class Row {
 public:
  Row(const MeasuredTable& table, std::size_t row, Diagnostics& faults)
      : table_(table), row_(row), faults_(faults) {}

  [[nodiscard]] std::string_view text(const Field& field, std::string_view otherwise = "") const {
    return field.column ? table_.cell(row_, *field.column) : otherwise;
  }
  /// A figure that the row must have, above zero.
  double positive(const Field& field) {
    const auto value = optional(field);
    if (!value) {
      reject("no {}", field.name);
    } else if (*value <= 0) {
      reject("{} is not positive", field.name);
    }
    return value.value_or(1.0);
  }
  /// A figure that is 0 where it is not given.
  double amount(const Field& field) {
    const double value = optional(field).value_or(0.0);
    if (value < 0) reject("{} is negative", field.name);
    return value;
  }
  std::optional<double> optional(const Field& field) {
    if (!field.column) return std::nullopt;
    return number_in(table_, row_, *field.column, faults_);
  }
  template <class... Parts>
  void reject(fmt::format_string<Parts...> format, Parts&&... parts) {
    if (reason_.empty()) reason_ = fmt::format(format, std::forward<Parts>(parts)...);
  }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  const MeasuredTable& table_;
  std::size_t row_;
  Diagnostics& faults_;
  std::string reason_;
};

}  // namespace infersim::detail
