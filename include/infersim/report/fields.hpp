#pragma once

#include <span>

#include "infersim/report/schema.hpp"

namespace infersim {

/// Every field of the record, in the order of the document.
std::span<const Field> fields();

}  // namespace infersim
