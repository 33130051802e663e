#pragma once

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
std::string assumptions_section(const Answer& answer, const TextStyle& style);

/// What the breakdown of a decode step is of: with stages, one of as many parts of the batch.
std::string decode_step_title(const Answer& answer);

/// `text` in the body of a section: two columns in, broken at the width.
std::string paragraph(const std::string& text, const TextStyle& style);
/// The same beside a label of one word.
inline constexpr int item_indent = 11;
std::string item(std::string_view label, const std::string& text, const TextStyle& style);

/// `SkyPilot catalogue (2026), press`.
std::string source_text(const Provenance& provenance);

}  // namespace infersim::detail
