#pragma once

#include <string>

#include "infersim/explore/sensitivity.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// A table of elasticities, the greatest ahead, at most `most` rows.
std::string sensitivity_text(const Sensitivities& found, std::size_t most, const TextStyle& style);
std::string sensitivity_json(const Sensitivities& found);

}  // namespace infersim
