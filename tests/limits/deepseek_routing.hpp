#pragma once

#include "infersim/cost/expert_load.hpp"

namespace infersim::test {

/// DeepSeek-V3's routed experts: 256, of which each token picks 8.
inline ExpertRouting deepseek_routing(double tokens, double groups, Routing routing) {
  return {.routing = routing,
          .tokens = tokens,
          .top_k = 8,
          .replicas = 256,
          .groups = groups,
          .skew = 0,
          .exponent = 1.2};
}

}  // namespace infersim::test
