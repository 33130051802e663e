#include "infersim/core/metric.hpp"

namespace infersim {

std::string_view name(Metric metric) {
  switch (metric) {
    case Metric::ttft: return "ttft";
    case Metric::tpot: return "tpot";
    case Metric::tokens_per_s_per_device: return "tokens_per_s_per_device";
    case Metric::latency: return "latency";
    case Metric::power: return "power";
  }
  return "latency";
}

}  // namespace infersim
