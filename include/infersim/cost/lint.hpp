#pragma once

#include <vector>

#include "infersim/core/suspicion.hpp"
#include "infersim/cost/machine.hpp"

namespace infersim {

/// Kernels of a chip that padding binds when one user decodes: a product with a vector, an expert
/// with a row, the attention of one sequence. Each reads all of its weights or cache for a row or a
/// few, so that memory binds it on every chip that was built; where less than 3 % of the peak binds
/// instead, the description gives the chip tiles, or a count of units, that are not its own.
/// Kernels that were measured on the family's chips are as slow as they are. The key is that of the
/// efficiency description: `kernel.gemm.bf16`.
std::vector<Suspicion> suspicions(const Device& device, const Machine& machine);

}  // namespace infersim
