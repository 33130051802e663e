#pragma once

#include <string>
#include <vector>

#include "infersim/cost/efficiency.hpp"

namespace infersim::detail {

/// One group of efficiency parameters in use.
struct EfficiencyLine {
  std::string parameter;  ///< `gemm`, `gemm.fp8`, `links`, `runtime`
  const EfficiencyScope* scope = nullptr;
  const KernelEfficiency* kernel = nullptr;  ///< none of links and runtime
};

/// The groups in use, kernels first. Those that no number type uses any more are left out.
std::vector<EfficiencyLine> efficiency_lines(const Efficiency& efficiency);

}  // namespace infersim::detail
