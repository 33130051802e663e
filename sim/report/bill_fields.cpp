#include "report/bill_fields.hpp"

#include "report/field_values.hpp"

namespace infersim::detail {

namespace {

using enum FieldRole;

// clang-format off
constexpr Field all_fields[] = {
  {"power_w", metric, "W/device", "one device at the board, mean of the mixed service",
   [](const Answer& a) { return base(a.best().board_power); },
   [](const Answer& a) { return a.spread(Metric::power); }},
  {"node_power_w", metric, "", "one node at its plug",
   [](const Answer& a) { return base(a.best().bill.energy.node); }},
  {"facility_power_w", metric, "", "all devices with their share of nodes, times PUE",
   [](const Answer& a) { return base(a.best().bill.energy.facility); }},
  {"pue", key, "", "energy of the facility over that at the plugs; 1 for phones and PCs",
   [](const Answer& a) { return Value{a.best().bill.energy.pue}; }},
  {"energy_j_per_output_token", metric, "J/output token", "at the wall with PUE, prefill included",
   [](const Answer& a) {
     return of_decode(a, [&](auto&) { return base(a.best().bill.energy.per_output_token); });
   }},
  {"cost.usd_per_mtok_input", metric, "USD/M input", "a million uncached prompt tokens",
   [](const Answer& a) { return per_million(a.best().bill.input); }},
  {"cost.usd_per_mtok_cached_input", metric, "USD/M cached input",
   "a million prompt tokens whose KV cache is kept",
   [](const Answer& a) { return per_million(a.best().bill.cached_input); }},
  {"cost.usd_per_mtok_output", metric, "USD/M output", "a million output tokens",
   [](const Answer& a) { return per_million(a.best().bill.output); },
   [](const Answer& a) { return inverse(a.spread(Metric::tokens_per_s_per_device)); }},
  {"cost.usd_per_device_hour", metric, "USD/device/h", "an hour in which one device works, all in",
   [](const Answer& a) {
     return of_price(a, [](const HourlyPrice& h) { return per_hour(h.rate); });
   }},
  {"cost.usd_capital_per_device_hour", metric, "", "of that, capital; null if rented",
   [](const Answer& a) { return part_of_hour(a, &HourlyPrice::capital); }},
  {"cost.usd_energy_per_device_hour", metric, "", "of that, electricity; null if rented",
   [](const Answer& a) { return part_of_hour(a, &HourlyPrice::energy); }},
  {"cost.usd_hosting_per_device_hour", metric, "", "of that, hosting; null if rented",
   [](const Answer& a) { return part_of_hour(a, &HourlyPrice::hosting); }},
  {"cost.usd_rental_per_device_hour", metric, "", "of that, rent; null if bought",
   [](const Answer& a) {
     return of_price(a, [](const HourlyPrice& h) {
       return h.basis == PriceBasis::own ? Value{} : per_hour(h.rental);
     });
   }},
  {"cost.utilization", key, "utilization",
   "share of all hours in which devices work: the rate is paid for all of them",
   [](const Answer& a) {
     return of_price(a, [](const HourlyPrice& h) { return Value{h.utilisation}; });
   }},
  {"cost.currency", key, "", "in which text shows money; figures of this document are in dollars",
   [](const Answer& a) { return text(name(a.scenario.question.currency)); }},
  {"cost.currency_per_usd", metric, "", "what a dollar is in it, at the site's rate",
   [](const Answer& a) {
     const auto rate = a.scenario.site.rates.per_dollar(a.scenario.question.currency);
     return rate ? Value{*rate} : Value{};
   }},
  {"cost.usd_per_request", metric, "", "a request with all its tokens",
   [](const Answer& a) {
     const Bill& bill = a.best().bill;
     if (!bill.input || !bill.cached_input || !bill.output) return Value{};
     const double cached = a.best().cached;
     const Traffic& traffic = a.scenario.traffic;
     const Tokens token{1.0};
     return base(token * ((traffic.isl - cached) * *bill.input + cached * *bill.cached_input +
                          traffic.osl * *bill.output));
   }},
  {"cost.price_basis", key, "priced by",
   "`on demand`, `spot`, `1 year`, `3 years` or `own`, whether there is a figure or not",
   [](const Answer& a) {
     return text(name(a.scenario.price_basis));
   }},
  {"cost.price_given", key, "", "whether the question gave the price (`--price`)",
   [](const Answer& a) { return Value{a.scenario.price_given}; }},
  {"cost.method", key, "", "`rental` or `capital`",
   [](const Answer& a) {
     return of_price(a, [](const HourlyPrice& h) { return text(h.method); });
   }},
  {"cost.basis", key, "",
   "on what the price rests: `datasheet`, `measured`, `press`, `estimate` or `assumed`",
   [](const Answer& a) {
     return of_source(a, [](const Provenance& p) { return text(name(p.basis)); });
   }},
  {"cost.date", key, "", "date of its source",
   [](const Answer& a) { return of_source(a, [](const Provenance& p) { return known(p.date); }); }},
  {"cost.source", key, "", "its source",
   [](const Answer& a) {
     return of_source(a, [](const Provenance& p) { return known(p.source); });
   }},
  {"cost.reason", key, "", "why there is no price; null if there is one",
   [](const Answer& a) { return known(a.best().bill.no_price_reason); }},
  {"gco2_per_mtok", metric, "gCO2/M output",
   "grams of CO2 for a million output tokens, at the wall with PUE, prefill included",
   [](const Answer& a) {
     return of_decode(a, [&](auto&) { return base(carbon_per_million(a)); });
   }},
  {"scope.regime", key, "regime",
   "on what the figures rest: `fitted`, `model`, `chip`, `inherited` or `concept`",
   [](const Answer& a) { return text(name(a.best().accuracy.scope.regime)); }},
  {"scope.meaning", key, "", "what that regime says",
   [](const Answer& a) { return text(meaning(a.best().accuracy.scope.regime)); }},
  {"search.plans_tried", metric, "", "plans that were evaluated",
   [](const Answer& a) { return count(static_cast<double>(a.planned.plans_tried)); }},
  {"search.batches_tried", metric, "", "batches that were evaluated over all plans",
   [](const Answer& a) { return count(static_cast<double>(a.planned.batches_tried)); }},
  {"search.plans_infeasible", metric, "", "plans that cannot run",
   [](const Answer& a) { return count(static_cast<double>(a.planned.plans_infeasible)); }},
};
// clang-format on

}  // namespace

std::span<const Field> bill_fields() { return all_fields; }

}  // namespace infersim::detail
