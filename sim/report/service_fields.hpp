#pragma once

#include <span>

#include "infersim/report/schema.hpp"

namespace infersim::detail {

/// What comes out of the service as a whole.
std::span<const Field> service_fields();

}  // namespace infersim::detail
