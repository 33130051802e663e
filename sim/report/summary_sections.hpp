#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim::detail {

// Sections of the summary, each with its heading; empty where there is nothing to say.
std::string memory_section(const Answer& answer, const TextStyle& style);
std::string time_sections(const Answer& answer, const TextStyle& style);
std::string single_user_section(const Answer& answer, const TextStyle& style);
std::string power_section(const Answer& answer, const TextStyle& style);
std::string cost_section(const Answer& answer, const TextStyle& style);
std::string scope_section(const Answer& answer, const TextStyle& style);
std::string assumptions_section(const Answer& answer, const TextStyle& style);

/// What the breakdown of a decode step is of: with stages, one of as many parts of the batch.
std::string decode_step_title(const Answer& answer);

/// `fitted: this chip and model were among the measured`.
std::string regime_text(Regime regime);

/// The ends of an interval around `value`: `700 to 1,200`.
std::string limits_text(double value, const std::optional<Interval>& spread);
/// The same behind the value: ` (P10 to P90 700 to 1,200)`; empty where there is no interval.
std::string spread_text(double value, const std::optional<Interval>& spread);

/// `kernels from trtllm for vllm: no fit of vLLM on blackwell has mla_decode`.
std::string extrapolation_text(const Extrapolation& extrapolation);

/// `text` in the body of a section: two columns in, broken at the width.
std::string paragraph(const std::string& text, const TextStyle& style);
/// The same beside a label of one word.
inline constexpr int item_indent = 11;
std::string item(std::string_view label, const std::string& text, const TextStyle& style);

/// `SkyPilot catalogue (2026), press`.
std::string source_text(const Provenance& provenance);

}  // namespace infersim::detail
