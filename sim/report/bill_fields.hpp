#pragma once

#include <span>

#include "infersim/report/schema.hpp"

namespace infersim::detail {

/// Power, money and carbon; on what the figures rest; what the search looked at.
std::span<const Field> bill_fields();

}  // namespace infersim::detail
