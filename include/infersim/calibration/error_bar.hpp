#pragma once

#include <optional>
#include <string_view>

#include "infersim/cost/kernel_class.hpp"

namespace infersim {

/// The error that predictions of rows which were not fitted should stay under.
struct ErrorBar {
  double median = 0;
  double mean = 0;
};

/// The bar of a class and format on chips of a family; empty where none was set.
std::optional<ErrorBar> error_bar(std::string_view family, KernelClass kernel, KernelFormat format);

/// Of collectives within a domain.
inline constexpr ErrorBar collective_bar{0.10, 0.18};

/// Of exchanges of experts' tokens.
inline constexpr ErrorBar exchange_bar{0.12, 0.20};

/// Of a chip that was left out whole.
inline constexpr ErrorBar left_out_bar{0.15, 0.25};

}  // namespace infersim
