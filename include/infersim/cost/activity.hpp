#pragma once

#include <cstddef>

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

  // Inline: added up for every operator of every step that a search evaluates.
  Activity& operator+=(const Activity& other) {
    for (std::size_t i = 0; i < flops.size(); ++i)
      flops[i] += other.flops[i];
    memory += other.memory;
    on_chip += other.on_chip;
    scale_up += other.scale_up;
    scale_out += other.scale_out;
    return *this;
  }

  /// Adds `times` executions of `other`, of whose flops only `flop_share` count.
  void add(const Activity& other, double times, double flop_share) {
    const double flop_times = times * flop_share;
    for (std::size_t i = 0; i < flops.size(); ++i)
      flops[i] += other.flops[i] * flop_times;
    memory += other.memory * times;
    on_chip += other.on_chip * times;
    scale_up += other.scale_up * times;
    scale_out += other.scale_out * times;
  }

  Activity& operator*=(double factor) {
    for (Flops& f : flops)
      f *= factor;
    memory *= factor;
    on_chip *= factor;
    scale_up *= factor;
    scale_out *= factor;
    return *this;
  }

  /// Flops of all types together.
  [[nodiscard]] Flops total_flops() const {
    Flops sum;
    for (Flops f : flops)
      sum += f;
    return sum;
  }

  friend Activity operator*(Activity activity, double factor) { return activity *= factor; }
};

}  // namespace infersim
