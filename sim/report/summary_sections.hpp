#pragma once

#include <string>

#include "report/summary_words.hpp"

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

}  // namespace infersim::detail
