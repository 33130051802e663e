#pragma once

#include "infersim/core/toml_reader.hpp"
#include "infersim/cost/kernel_residual.hpp"

namespace infersim::detail {

/// What `infersim calibrate` says of its fit beside the parameters.
KernelResidual read_residual(TableReader& parent);

}  // namespace infersim::detail
