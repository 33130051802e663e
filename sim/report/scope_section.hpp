#pragma once

#include <optional>
#include <string>

#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim::detail {

/// The section of the summary that says what an answer rests on and what was extrapolated.
std::string scope_section(const Answer& answer, const TextStyle& style);

/// `fitted: this chip and model were among the measured`.
std::string regime_text(Regime regime);

/// The ends of an interval around `value`: `700 to 1,200`.
std::string limits_text(double value, const std::optional<Interval>& spread);
/// The same behind the value: ` (700 to 1,200)`; empty where there is no interval.
std::string spread_text(double value, const std::optional<Interval>& spread);

/// `kernels from trtllm for vllm: no fit of vLLM on blackwell has mla_decode`.
std::string extrapolation_text(const Extrapolation& extrapolation);

}  // namespace infersim::detail
