#include "infersim/economics/bill.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim {

namespace {

/// One node at its plug while each of its devices draws `board`.
Watts node_power(const System& system, Watts board, bool spans_nodes) {
  const Server& server = system.server;
  const Watts load = system.devices_per_node * board + server.fixed +
                     (spans_nodes ? server.network_multinode : server.network);
  double speed = 1.0;
  if (server.fans_full_load > Watts{}) {
    speed = std::clamp((load / server.fans_full_load - 0.22) / 0.58, 0.0, 1.0);
  }
  return (load + speed * server.fans) / server.psu_efficiency;
}

double facility_factor(const Device& device, const System& system, const Site& site) {
  if (is_edge(device.device_class)) return 1.0;
  return system.server.pue > 0 ? system.server.pue : site.pue;
}

/// One device's part of what a node draws.
Watts share_of(Watts node, const System& system) { return node / system.devices_per_node; }

/// System time that a cached prompt token pays for: attention over it and the memory that its KV
/// cache holds while the request is served. `prefill` and `request` are an uncached token's shares
/// of both.
Seconds cached_time(const Usage& usage, Seconds prefill, Seconds request) {
  const double held = usage.prompt_memory_share;
  return (1.0 - held) * min(usage.marginal_cached, prefill) + held * request;
}

/// System time that one request occupies; 0 where nothing runs.
Seconds time_of_request(const Usage& usage) {
  const Tokens one_token{1.0};
  if (usage.output_tokens > TokenRate{} && usage.osl > 0) {
    return usage.osl * one_token / usage.output_tokens;
  }
  if (!(usage.input_tokens > TokenRate{})) return {};
  return (usage.isl - usage.cached) * one_token / usage.input_tokens;
}

}  // namespace

EnergyBill energy_bill(const Device& device, const System& system, const Site& site,
                       const Usage& usage) {
  EnergyBill bill;
  bill.pue = facility_factor(device, system, site);
  bill.board = usage.board_power;
  const int joined = usage.joined > 0 ? usage.joined : usage.devices;
  bill.node = node_power(system, usage.board_power, joined > system.devices_per_node);
  bill.facility = usage.devices * share_of(bill.node, system) * bill.pue;
  if (usage.output_tokens > TokenRate{}) {
    bill.per_output_token = bill.facility / usage.output_tokens;
    bill.carbon_per_output_token = bill.per_output_token * site.grid_carbon;
  }
  return bill;
}

DollarRate capital_rate(Dollars price, Seconds life, double cost_of_capital, double residual) {
  if (!(cost_of_capital > 0.0)) return (1.0 - residual) * price / life;
  constexpr Seconds year{365.25 * 86400};
  const double discount = std::pow(1.0 + cost_of_capital, -(life / year));
  return (1.0 - residual * discount) * price * cost_of_capital / (1.0 - discount) / year;
}

double utilisation_of(const Usage& usage, double requests_per_day) {
  constexpr Seconds day{86400};
  return requests_per_day * (time_of_request(usage) / day);
}

PriceBasis usual_basis(std::span<const Device* const> devices) {
  PriceBasis best = PriceBasis::on_demand;
  std::ptrdiff_t most = -1;
  for (const PriceBasis basis : {PriceBasis::on_demand, PriceBasis::three_years, PriceBasis::own}) {
    const auto priced = std::ranges::count_if(
        devices, [&](const Device* device) { return device->has_price(basis); });
    if (priced > most) best = basis;
    most = std::max(most, priced);
  }
  return best;
}

std::string no_price_reason(const Device& device, PriceBasis basis) {
  std::vector<std::string> known;
  for (const PriceBasis other : all_price_bases) {
    if (device.has_price(other)) known.emplace_back(name(other));
  }
  if (known.empty()) return device.price_reason;
  return fmt::format("no figure for {}; there is one for {}", name(basis), join(known));
}

std::optional<HourlyPrice> hourly_price(const Device& device, const System& system,
                                        const Site& site, const EnergyBill& energy,
                                        PriceBasis basis) {
  HourlyPrice price;
  price.basis = basis;
  price.utilisation = site.utilisation;
  if (const Rental* rental = device.rental(basis)) {
    price.method = "rental";
    price.rental = rental->rate / site.utilisation;
    price.rate = price.rental;
    price.provenance = rental->provenance;
    return price;
  }
  if (basis != PriceBasis::own || !device.price) return std::nullopt;

  // An hour of work pays for the hours without work that go with it.
  const double idle_hours = (1.0 - site.utilisation) / site.utilisation;
  const Watts plug = share_of(energy.node, system);
  const Watts idle_plug = share_of(node_power(system, device.power.idle, false), system);
  price.method = "capital";
  price.capital = capital_rate(device.price->capital + system.server.capital_per_device,
                               site.depreciation, site.cost_of_capital, site.residual) /
                  site.utilisation;
  price.energy = (plug + idle_hours * idle_plug) * energy.pue * site.electricity;
  if (!is_edge(device.device_class)) price.hosting = plug * site.hosting / site.utilisation;
  price.rate = price.capital + price.energy + price.hosting;
  price.provenance = device.price->provenance;
  return price;
}

std::optional<double> break_even_utilisation(const Device& device, const System& system,
                                             const Site& site, const EnergyBill& energy,
                                             PriceBasis basis, DollarRate affordable) {
  Site always = site;
  always.utilisation = 1.0;
  Site half = site;
  half.utilisation = 0.5;
  const auto full_use = hourly_price(device, system, always, energy, basis);
  const auto half_use = hourly_price(device, system, half, energy, basis);
  if (!full_use || !half_use) return std::nullopt;
  // a + b and 2 a + b
  const DollarRate a = half_use->rate - full_use->rate;
  const DollarRate b = full_use->rate - a;
  if (!(affordable > b)) return std::numeric_limits<double>::infinity();
  return a / (affordable - b);
}

Bill make_bill(const Device& device, const System& system, const Site& site, const Usage& usage,
               PriceBasis basis) {
  Bill bill;
  bill.energy = energy_bill(device, system, site, usage);
  bill.hourly = hourly_price(device, system, site, bill.energy, basis);
  if (!bill.hourly) {
    bill.no_price_reason = no_price_reason(device, basis);
    return bill;
  }
  const DollarRate rate = usage.devices * bill.hourly->rate;
  const bool has_input = usage.input_tokens > TokenRate{} && usage.isl > 0;
  const bool has_output = usage.output_tokens > TokenRate{} && usage.osl > 0;
  const Tokens one_token{1.0};
  const double computed = usage.isl - usage.cached;
  if (!has_output && !has_input) return bill;
  // Of system time: what one request occupies, and of that its prefill.
  const Seconds request = time_of_request(usage);
  const Seconds prefill = has_output ? usage.prefill_share * request : request;
  const Seconds decode = request - prefill;
  const double held = has_input ? usage.prompt_memory_share : 0.0;
  if (has_input) {
    const Seconds cached = cached_time(usage, prefill / usage.isl, request / usage.isl);
    bill.cached_input = cached * rate / one_token;
    bill.input = (prefill + held * decode - usage.cached * cached) * rate / (computed * one_token);
  }
  if (has_output) bill.output = (1.0 - held) * decode * rate / (usage.osl * one_token);
  return bill;
}

}  // namespace infersim
