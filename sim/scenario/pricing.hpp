#pragma once

#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim::detail {

/// What the question says of money, put into the scenario's device and site: prices that are given
/// for its device instead of the published ones, the share of hours at work, the price basis. A
/// given price of an hour holds on every term of rental, one of the whole device on `own`. A
/// currency without a rate at the site is a fault.
void apply_prices(Scenario& scenario, Diagnostics& faults);

}  // namespace infersim::detail
