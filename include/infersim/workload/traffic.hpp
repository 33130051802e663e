#pragma once

#include "infersim/core/quantity.hpp"

namespace infersim {

/// Lengths of the requests of a closed loop: every request alike.
struct Traffic {
  double isl = 4000;  ///< tokens of the prompt
  double osl = 1000;  ///< tokens of the answer
};

/// Latency objectives of a service.
struct Slo {
  Seconds ttft{2.0};
  Seconds tpot{0.05};
};

}  // namespace infersim
