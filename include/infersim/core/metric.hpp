#pragma once

#include <array>
#include <string_view>

namespace infersim {

/// What is predicted and was measured.
enum class Metric { ttft, tpot, tokens_per_s_per_device, latency, power };

/// Those of serving; latency is of single operators.
inline constexpr std::array serving_metrics = {Metric::ttft, Metric::tpot,
                                               Metric::tokens_per_s_per_device, Metric::power};

std::string_view name(Metric metric);

}  // namespace infersim
