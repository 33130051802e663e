#pragma once

#include <string>

#include "infersim/calibration/kernel_description.hpp"

namespace infersim {

/// The description as TOML: classes, formats and keys in the order of their tables, figures with
/// five digits. What was written and is read is written the same again.
std::string write_kernel_description(const KernelDescription& description);

/// The parameters as they are when they have been written and read.
KernelEfficiency as_written(KernelClass kernel, KernelEfficiency efficiency);

}  // namespace infersim
