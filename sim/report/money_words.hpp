#pragma once

#include <string>
#include <string_view>

#include "infersim/scenario/scenario.hpp"

namespace infersim::detail {

// Money as text and tables show it: in the currency that was asked for, at the site's rate.

double in_currency(const Scenario& scenario, double usd);
/// `0.56 CNY`.
std::string money(const Scenario& scenario, double usd);
/// A label with that currency in the place of a `USD` that it begins with: `CNY/M output`.
std::string with_currency(const Scenario& scenario, std::string_view label);
/// `a dollar is 7.1726 CNY (2025-02-25)`; empty of dollars.
std::string rate_text(const Scenario& scenario);

}  // namespace infersim::detail
