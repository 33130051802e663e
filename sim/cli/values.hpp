#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim::cli {

// Values of options. What cannot be read as one is a fault that names the option, the text and what
// would be right; the result is then empty. Ranges are for `load_scenario` to check.

std::optional<int> parse_count(std::string_view option, std::string_view text, Diagnostics& faults);
std::optional<double> parse_number(std::string_view option, std::string_view text,
                                   Diagnostics& faults);
/// A number of milliseconds, or a time with its unit: `50`, `2 s`, `50ms`.
std::optional<Seconds> parse_milliseconds(std::string_view option, std::string_view text,
                                          Diagnostics& faults);
std::optional<NumberType> parse_type(std::string_view option, std::string_view text,
                                     Diagnostics& faults);
PhaseChoice parse_phase(std::string_view option, std::string_view text, Diagnostics& faults);

}  // namespace infersim::cli
