#pragma once

#include <string>
#include <string_view>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim::cli {

// Values of options. What is no such value is a fault that names the option, the value and what
// would be right; the result is then the harmless default of its type.

/// A whole number from `least` to `most`.
int parse_count(std::string_view option, std::string_view text, int least, int most,
                Diagnostics& faults);
/// A plain number from 0 to 1.
double parse_share(std::string_view option, std::string_view text, Diagnostics& faults);
/// A number of milliseconds above 0, or a time with its unit: `50`, `2 s`, `50ms`.
Seconds parse_milliseconds(std::string_view option, std::string_view text, Diagnostics& faults);
NumberType parse_type(std::string_view option, std::string_view text, Diagnostics& faults);
PhaseChoice parse_phase(std::string_view option, std::string_view text, Diagnostics& faults);

}  // namespace infersim::cli
