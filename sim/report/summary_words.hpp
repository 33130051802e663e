#pragma once

#include <string>
#include <string_view>

#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim::detail {

/// `text` in the body of a section: two columns in, broken at the width.
std::string paragraph(const std::string& text, const TextStyle& style);
/// The same beside a label of one word.
inline constexpr int item_indent = 11;
std::string item(std::string_view label, const std::string& text, const TextStyle& style);

/// `1,190 ms`.
std::string milliseconds(Seconds time);
/// `1 prompt`, `2 prompts`.
std::string plural(double count, std::string_view thing);

/// The steps of prefill alone, as its rate counts them: `steps of 2 prompts per group`.
std::string full_steps(const Answer& answer);

/// `SkyPilot catalogue (2026), press`.
std::string source_text(const Provenance& provenance);

}  // namespace infersim::detail
