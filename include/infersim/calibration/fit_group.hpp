#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "infersim/calibration/kernel_description.hpp"
#include "infersim/calibration/measured_operator.hpp"
#include "infersim/cost/machine.hpp"

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

/// Rows that share one set of parameters.
struct FitGroup {
  KernelPlace place;
  std::string family;
  std::string framework;
  std::vector<FitChip> chips;
  std::vector<FitRow> rows;
  KernelEntry described;       ///< what is refined
  KernelEfficiency inherited;  ///< what holds without it

  /// Puts rows into an order that does not depend on that of the files.
  void sort_rows();
};

/// The times of some of a group's rows under any parameters.
class RowTimes {
 public:
  /// `chosen` are indices into the group's rows, ascending.
  RowTimes(const FitGroup& group, std::span<const std::size_t> chosen);

  [[nodiscard]] std::size_t size() const { return logs_.size(); }
  /// ln(predicted / measured) of each chosen row.
  void log_ratios(const KernelEfficiency& parameters, std::span<double> into);
  [[nodiscard]] std::vector<double> log_ratios(const KernelEfficiency& parameters);

 private:
  struct Part {
    Machine machine;
    std::shared_ptr<KernelTable> table;  ///< which the machine's efficiency looks at
    std::vector<const MeasuredOperator*> ops;
    std::vector<std::size_t> at;  ///< where they stand among the chosen
  };
  KernelPlace place_;
  std::vector<Part> parts_;
  std::vector<double> logs_;  ///< of what was measured
};

}  // namespace infersim
