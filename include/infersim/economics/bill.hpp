#pragma once

#include <optional>
#include <span>
#include <string>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"

namespace infersim {

/// What a running system does, as its bill sees it: averages over steady state.
struct Usage {
  int devices = 1;
  /// Of those, that exchange data (an engine's, of replicas that share nothing); 0: all.
  int joined = 0;
  TokenRate input_tokens;    ///< whole system; prompt tokens that are computed
  TokenRate output_tokens;   ///< whole system
  Watts board_power;         ///< one device, idle power included
  double prefill_share = 0;  ///< of time
  double isl = 0;            ///< tokens of a request's prompt
  double cached = 0;         ///< of those, that are in a prefix cache
  double osl = 0;            ///< and of its answer
  /// System time that one cached prompt token adds to a prefill (attention over it).
  Seconds marginal_cached;
  /// Share of the system's memory that the prompts in flight hold as KV cache.
  double prompt_memory_share = 0;
};

/// Power and energy at each step from board to meter.
struct EnergyBill {
  Watts board;     ///< one device
  Watts node;      ///< one node at its plug: devices, server, network, fans, over PSU efficiency
  Watts facility;  ///< whole system: nodes x PUE (no PUE for phones and PCs)
  JoulesPerToken per_output_token;  ///< at the facility, prefill included
  CarbonPerToken carbon_per_output_token;
  double pue = 1.0;
};

/// Price of an hour in which one device works, the idle hours that go with it paid for, and what it
/// rests on.
struct HourlyPrice {
  DollarRate rate;     ///< one device, all in: the sum of the next four
  DollarRate rental;   ///< part that is rent; 0 if bought
  DollarRate capital;  ///< part that is capital; 0 if rented, as are the next two
  DollarRate energy;   ///< part that is electricity
  DollarRate hosting;  ///< part that is hosting
  PriceBasis basis = PriceBasis::on_demand;
  double utilisation = 1.0;  ///< share of all hours in which it works
  std::string method;        ///< `rental` or `capital`
  Provenance provenance;
};

/// What tokens cost; without a published price only the reason is given.
struct Bill {
  EnergyBill energy;
  std::optional<HourlyPrice> hourly;
  std::string no_price_reason;
  std::optional<DollarsPerToken> input;
  std::optional<DollarsPerToken> cached_input;
  std::optional<DollarsPerToken> output;
};

/// Board to wall to facility.
///
///     node  = (devices per node x board + fixed + network + fans) / psu_efficiency
///     fans  = nameplate x clamp((load - 0.22 full)/(0.58 full), 0, 1)   if a full load is given
///     facility = devices / devices per node x node x PUE
///
/// load being the devices, fixed and network of the node. A job that occupies part of a node is
/// charged its share of it, as if the rest were as busy. Without output tokens the figures per
/// token are 0. Source: InferenceX server power model (2026).
EnergyBill energy_bill(const Device& device, const System& system, const Site& site,
                       const Usage& usage);

/// What capital of `price`, of which the share `residual` comes back after `life`, costs a second:
/// the constant payment at the end of each year whose present value is what is not got back,
///
///     payment = (price - price residual / (1 + r)^n) r / (1 - (1 + r)^-n),   n the life in years
///
/// over a year; for r = 0 (price - price residual) / life. Source: the annuity formula, any
/// textbook of finance (Brealey, Myers, Allen, Principles of Corporate Finance, chapter 2).
DollarRate capital_rate(Dollars price, Seconds life, double cost_of_capital, double residual);

/// Share of a day that so many requests occupy the system, each osl / output_tokens of its time (or
/// of prompts alone (isl - cached) / input_tokens); above 1 it cannot serve them.
double utilisation_of(const Usage& usage, double requests_per_day);

/// The first of on demand, 3 years and own on which most of the devices, all if that can be, have a
/// figure.
PriceBasis usual_basis(std::span<const Device* const> devices);

/// An hour of one device at work, u being the utilisation, on any of the bases: rented
///
///     rate = rental / u                          a fleet that is sized for its peak idles too
///
/// and bought
///
///     rate    = capital + energy + hosting
///     capital = capital_rate(device + its share of the server) / u
///     energy  = (plug + (1 - u)/u x plug when idle) x PUE x electricity,  u the utilisation
///     hosting = plug x hosting rate / u          space is paid for by the watt, used or not
///
/// with plug a device's share of the node's power. Phones and PCs pay no hosting and no PUE. Empty
/// if no figure of that basis is known. Fails for: owners whose idle hours have another
/// use.
std::optional<HourlyPrice> hourly_price(const Device& device, const System& system,
                                        const Site& site, const EnergyBill& energy,
                                        PriceBasis basis);

/// The share of hours at work at which an hour of work costs `affordable`. Of rate(u) = a/u + b,
/// as hourly_price has it, u = a / (affordable - b); above 1 where even a device that always works
/// costs more, infinite where no use brings it down to that. Empty without a price.
std::optional<double> break_even_utilisation(const Device& device, const System& system,
                                             const Site& site, const EnergyBill& energy,
                                             PriceBasis basis, DollarRate affordable);

/// Why a device has no price on that basis, and on which it has one.
std::string no_price_reason(const Device& device, PriceBasis basis);

/// Prices tokens by the system time that each occupies. With X = output_tokens/osl requests per
/// second, one request occupies P = prefill_share/X for its prefill and D = (1 - prefill_share)/X
/// for its decode; h = prompt_memory_share is what the KV cache of prompts holds of the memory, and
/// with it of the system. c of the isl tokens are cached. At `rate` dollars per second for the
/// whole system:
///
///     cached input = ((1 - h) marginal_cached + h (P + D)/isl) rate
///     input        = ((P + h D) rate - c cached input)/(isl - c)
///     output       = (1 - h) D/osl rate
///
/// so that the inputs, cached inputs and outputs of a request pay exactly its P + D. A cached token
/// pays for attention over it and for the memory it holds: more than nothing, and never more than
/// an uncached one, since marginal_cached counts at most P/isl. Where only one phase runs (no
/// output, or no input tokens) that phase's tokens pay for all of the time and the other price is
/// empty.
Bill make_bill(const Device& device, const System& system, const Site& site, const Usage& usage,
               PriceBasis basis);

}  // namespace infersim
