#include "infersim/explore/fleet.hpp"

#include <algorithm>
#include <cmath>

#include "infersim/economics/bill.hpp"

namespace infersim {
namespace {

constexpr double seconds_a_day = 86'400;
constexpr Seconds year{365.25 * seconds_a_day};

/// Facility power of the devices when nothing runs.
Watts idle_power(const Scenario& s, int devices, int joined) {
  Usage idle;
  idle.devices = devices;
  idle.joined = joined;
  idle.board_power = s.device.power.idle;
  return energy_bill(s.device, s.system, s.site, idle).facility;
}

}  // namespace

void size_fleet(FleetPart& part, const FleetDemand& demand) {
  if (!part.answer) return;
  const Scenario& s = part.scenario;
  const Evaluation& best = part.answer->best;
  const double u = s.site.utilisation;
  const double all_per_output = 1.0 + s.traffic.isl / s.traffic.osl;
  const int engine_devices = best.plan.devices();
  const double engine_rate = best.headline.tokens.base() / best.replicas;
  if (part.stock) {
    part.engines = std::floor(*part.stock / (1.0 + demand.spares) / engine_devices);
  } else {
    const double output =
        demand.output_tokens_per_day.value_or(demand.tokens_per_day.value_or(0.0) / all_per_output);
    part.engines = std::ceil(output / seconds_a_day / (u * engine_rate) * (1.0 - 1e-12));
  }
  part.devices = part.engines * engine_devices;
  part.spares = part.stock ? *part.stock - part.devices : std::ceil(demand.spares * part.devices);
  part.nodes = std::ceil((part.devices + part.spares) / s.system.devices_per_node);
  part.output_per_day = part.engines * engine_rate * u * seconds_a_day;
  part.tokens_per_day = part.output_per_day * all_per_output;
  const double copies = part.devices / best.devices();
  part.peak = copies * best.bill.energy.facility;
  part.mean = u * part.peak + (1.0 - u) * copies * idle_power(s, best.devices(), engine_devices);
  if (const auto& hourly = best.bill.hourly) {
    part.per_year = part.devices * (hourly->rate * u * year).base();
    if (hourly->method == "capital") {
      const double each = (s.device.price->capital + s.system.server.capital_per_device).base();
      part.capital = each * (part.devices + part.spares);
      *part.per_year += part.spares * (hourly->capital * u * year).base();
    } else {
      *part.per_year += part.spares * (hourly->rental * u * year).base();
    }
  }
  if (demand.per_month) {
    part.months = std::ceil((part.devices + part.spares) / *demand.per_month);
  }
}

}  // namespace infersim
