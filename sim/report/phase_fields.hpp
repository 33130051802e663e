#pragma once

#include <span>

#include "infersim/report/schema.hpp"

namespace infersim::detail {

/// Each phase with nothing else on the devices, and what memory holds.
std::span<const Field> phase_fields();

}  // namespace infersim::detail
