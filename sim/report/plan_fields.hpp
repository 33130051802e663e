#pragma once

#include <span>

#include "infersim/report/schema.hpp"

namespace infersim::detail {

/// The deployment that was chosen: devices, degrees, number types.
std::span<const Field> plan_fields();

}  // namespace infersim::detail
