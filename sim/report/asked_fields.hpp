#pragma once

#include <span>

#include "infersim/report/schema.hpp"

namespace infersim::detail {

/// What was asked: descriptions, requests, objectives, and how the framework forms steps.
std::span<const Field> asked_fields();

}  // namespace infersim::detail
