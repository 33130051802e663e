#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// A number that stands for the shape of an operator, the same on every machine.
std::uint64_t shape_hash(const MeasuredOperator& op);

/// In what range a shape is, where residuals are told apart: `m < 64`, `sequences 8 to 63`.
struct ShapeRange {
  int order = 0;
  std::string name;

  friend auto operator<=>(const ShapeRange&, const ShapeRange&) = default;
};

ShapeRange range_of(const MeasuredOperator& op);

struct FitRow {
  const MeasuredOperator* op = nullptr;
  std::size_t chip = 0;  ///< of the group's
  std::uint64_t shape = 0;
};

/// A chip on which rows of a group were measured, as a machine that times kernels alone.
struct FitChip {
  std::string id;
  Machine machine;
};

/// Rows of one equation.
struct FitRows {
  std::string family;
  std::string framework;
  std::vector<FitChip> chips;
  std::vector<FitRow> rows;

  /// Adds a row of a chip, which is a new one or one of the group's.
  void add(const MeasuredOperator& op, const std::string& chip, const Machine& machine);

  /// Of all rows, ascending.
  [[nodiscard]] std::vector<std::size_t> indices() const;

  /// Puts rows into an order that does not depend on that of the files.
  void sort_rows();
};

/// The times of some rows under machines that a fit changes.
class RowTimes {
 public:
  /// `chosen` are indices into the rows, ascending.
  RowTimes(const FitRows& rows, std::span<const std::size_t> chosen);

  [[nodiscard]] std::size_t size() const { return logs_.size(); }
  /// Of each chip.
  [[nodiscard]] std::vector<Machine*> machines();
  /// ln(predicted / measured) of each chosen row on the machines as they are.
  void log_ratios(std::span<double> into) const;

 private:
  struct Part {
    Machine machine;
    std::vector<const MeasuredOperator*> ops;
    std::vector<std::optional<OpCost>> frames;  ///< of modules; fits do not change them
    std::vector<std::size_t> at;                ///< where they stand among the chosen
  };
  std::vector<Part> parts_;
  std::vector<double> logs_;  ///< of what was measured
};

}  // namespace infersim
