#pragma once

#include <array>
#include <cstddef>

#include "infersim/core/quantity.hpp"
#include "infersim/serving/load.hpp"

namespace infersim::detail {

/// When the requests of a closed loop come that started together.
struct Arrivals {
  Seconds stagger;  ///< in which their first prefills end
  Seconds spread;   ///< of their decodes, longest less shortest
  Seconds cycle;    ///< from one request of a slot to the next: more they never spread
};

/// Waves that are looked at one by one; of more, as many spread evenly over them.
inline constexpr std::size_t most_waves = 10;

/// The time in which the requests of each wave come.
struct WaveWidths {
  std::array<Seconds, most_waves> widths{};
  std::size_t count = 1;

  [[nodiscard]] const Seconds* begin() const { return widths.data(); }
  [[nodiscard]] const Seconds* end() const { return widths.data() + count; }
};

/// Longest less shortest answer over the mean.
double spread_of(const ServingLoad& load);

/// Of the waves after the first: hypot(stagger, sqrt(w) spread), at most the cycle. Of waves
/// without end the cycle alone.
WaveWidths wave_widths(const Arrivals& arrivals, double waves);

}  // namespace infersim::detail
