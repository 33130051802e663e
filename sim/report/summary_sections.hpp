#pragma once

#include <string>

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

/// `text` in the body of a section: two columns in, broken at the width.
std::string paragraph(const std::string& text, const TextStyle& style, int indent = 2);

/// `3.90 GB (press, 2026)`-like source of a figure.
std::string source_text(const Provenance& provenance);

}  // namespace infersim::detail
