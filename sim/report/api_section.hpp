#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "infersim/economics/api_margin.hpp"
#include "infersim/report/comparison.hpp"
#include "infersim/report/schema.hpp"
#include "infersim/report/text.hpp"

namespace infersim::detail {

/// Own cost beside the newest price of each provider of the model.
std::vector<ApiMargin> api_margins(const Answer& a);

/// The same as a section; empty if no price or no cost is known.
std::string api_section(const Answer& a, const TextStyle& style);

/// The same of columns side by side.
std::string api_comparison(const std::vector<ComparisonColumn>& columns, const TextStyle& style);

/// The same as `api` of an answer.
nlohmann::ordered_json api_json(const Answer& a);

}  // namespace infersim::detail
