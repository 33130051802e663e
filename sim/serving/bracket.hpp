#pragma once

#include <cmath>

namespace infersim::detail {

/// Where a function crosses zero between `low`, where it is below it, and `high`, where it is not:
/// Illinois' false position, which never leaves the bracket; where it jumps, the place of the jump.
template <class Function>
double bracketed_root(double low, double high, double below, double above, Function&& function) {
  constexpr int most_calls = 60;
  constexpr double close = 1e-9;
  int side = 0;
  for (int i = 0; i < most_calls && high - low > close * high; ++i) {
    // Every third call halves the bracket: false position alone creeps along a kink.
    const double share = i % 3 == 2 ? 0.5 : -below / (above - below);
    const double x = low + share * (high - low);
    if (x <= low || x >= high) break;
    const double value = function(x);
    if (std::abs(value) < 1e-12) return x;
    if (value < 0.0) {
      low = x;
      below = value;
      if (side < 0) above *= 0.5;
      side = -1;
    } else {
      high = x;
      above = value;
      if (side > 0) below *= 0.5;
      side = 1;
    }
  }
  return low;
}

}  // namespace infersim::detail
