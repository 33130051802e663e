#include "scenario/pricing.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/economics/bill.hpp"

namespace infersim {

std::string price_text(const GivenPrice& price) {
  return fmt::format("{}={}{}{}", price.hw, price.amount, name(price.currency),
                     price.hourly ? "/h" : "");
}

bool names(const GivenPrice& price, const Scenario& scenario) {
  const Device& device = scenario.device;
  const auto is_it = [&](std::string_view name) { return fold_name(name) == fold_name(price.hw); };
  return is_it(scenario.question.hw) || is_it(device.id) || is_it(scenario.system.id) ||
         std::ranges::any_of(device.aliases, is_it);
}

namespace detail {
namespace {

void give_price(Scenario& scenario, const GivenPrice& given, Diagnostics& faults) {
  const auto rate = scenario.site.rates.per_dollar(given.currency);
  if (!rate) {
    faults.error({},
                 fmt::format("--price {}: the site {} says no rate of {}", price_text(given),
                             scenario.site.id, name(given.currency)),
                 "give it in USD, or add a table [rates] to the site");
    return;
  }
  Device& device = scenario.device;
  const double dollars = given.amount / *rate;
  Provenance user{Basis::assumed, "", "", "given with --price " + price_text(given)};
  if (given.currency != Currency::usd) {
    user.note += fmt::format(" at {} {} a dollar ({})", *rate, name(given.currency),
                             scenario.site.rates.provenance.date);
  }
  device.rentals.clear();
  if (given.hourly) {
    device.price.reset();
    for (const PriceBasis term : all_price_bases) {
      if (term != PriceBasis::own) device.rentals.push_back({term, Dollars{dollars} / hour, user});
    }
  } else {
    const std::string covers = device.price ? device.price->covers : "one device";
    device.price = Price{Dollars{dollars}, covers, user};
  }
  scenario.price_given = true;
}

}  // namespace

void apply_prices(Scenario& scenario, Diagnostics& faults) {
  const Question& q = scenario.question;
  for (const GivenPrice& given : q.prices) {
    if (names(given, scenario)) give_price(scenario, given, faults);
  }
  if (!scenario.site.rates.per_dollar(q.currency)) {
    faults.error({},
                 fmt::format("--currency: the site {} says no rate of {}", scenario.site.id,
                             name(q.currency)),
                 "leave it out, or add a table [rates] to the site");
  }
  scenario.site.utilisation = q.utilization.value_or(scenario.site.utilisation);
  const std::array devices{&std::as_const(scenario.device)};
  scenario.price_basis = q.price_basis.value_or(usual_basis(devices));
}

}  // namespace detail
}  // namespace infersim
