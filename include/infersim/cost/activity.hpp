#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

/// What was computed and moved by one rank: the seam between time and energy. Additive.
struct Activity {
  PerNumberType<Flops> flops{};
  Bytes memory;     ///< main memory, read and written
  Bytes on_chip;    ///< nearest described cache or SRAM
  Bytes scale_up;   ///< sent over the links of the domain
  Bytes scale_out;  ///< sent over the NIC

  Activity& operator+=(const Activity& other);
  Activity& operator*=(double factor);

  /// Flops of all types together.
  [[nodiscard]] Flops total_flops() const;
};

Activity operator*(Activity activity, double factor);

}  // namespace infersim
