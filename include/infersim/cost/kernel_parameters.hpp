#pragma once

#include <span>

#include "infersim/cost/kernel_class.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/cost/parameter.hpp"

namespace infersim {

using KernelParameter = Parameter<KernelEfficiency>;

/// Those that every class has: compute, bandwidth, latency, blend, tile_rows, tile_columns (of
/// experts these are part of their tuning: `columns` need not be whole; sparse attention has no
/// tiles).
std::span<const KernelParameter> common_parameters(KernelClass kernel);

/// Those of a class's own tuning, `tiles` of GEMMs (a name) apart; none for element-wise passes.
std::span<const KernelParameter> tuning_parameters(KernelClass kernel);

}  // namespace infersim
