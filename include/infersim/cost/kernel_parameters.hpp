#pragma once

#include <span>
#include <string_view>

#include "infersim/cost/kernel_class.hpp"
#include "infersim/cost/kernel_efficiency.hpp"

namespace infersim {

/// How a parameter is written in a description.
enum class ParameterUnit { number, whole, flag, seconds, bytes_per_second };

/// One parameter of a kernel class: the same table serves reading, fitting and writing.
struct KernelParameter {
  std::string_view key;
  ParameterUnit unit = ParameterUnit::number;
  double least = 0;  ///< in base units
  double most = 0;
  double (*get)(const KernelEfficiency&) = nullptr;
  void (*set)(KernelEfficiency&, double) = nullptr;
};

/// Those that every class has: compute, bandwidth, latency, blend, tile_rows, tile_columns.
std::span<const KernelParameter> common_parameters();

/// Those of a class's own tuning, `tiles` of GEMMs (a name) apart; none for element-wise passes.
std::span<const KernelParameter> tuning_parameters(KernelClass kernel);

}  // namespace infersim
