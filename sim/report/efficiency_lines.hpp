#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infersim/cost/efficiency.hpp"

namespace infersim::detail {

/// One group of efficiency parameters in use.
struct EfficiencyLine {
  std::string parameter;  ///< `gemm`, `gemm.fp8`, `links`, `links.custom`, `runtime`
  const EfficiencyScope* scope = nullptr;
  const KernelEfficiency* kernel = nullptr;  ///< none of links and runtime
};

/// The groups in use, kernels first. Those that no number type uses any more are left out.
std::vector<EfficiencyLine> efficiency_lines(const Efficiency& efficiency);

/// What is reached in an operation of the library (`links.all_gather`) or by the framework's own
/// all-reduce (`links.custom`); empty for other parameters.
std::string link_text(const LinkEfficiency& links, std::string_view parameter);

}  // namespace infersim::detail
