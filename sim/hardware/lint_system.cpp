#include "infersim/hardware/lint_system.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim {
namespace {

std::string giga(Bandwidth rate) { return fmt::format("{:.4g} GB/s", rate / 1.0_GBps); }
std::string giga(Bytes data) { return fmt::format("{:.4g} GB", data / 1.0_GB); }
std::string watts(Watts power) { return fmt::format("{:.4g} W", power.base()); }

constexpr DollarsPerJoule cent_per_kwh{0.01 / 3.6e6};
constexpr CarbonPerJoule gram_per_kwh{1.0 / 3.6e6};

bool has_no_date(const Provenance& provenance) {
  return provenance.date.empty() && !provenance.source.empty() && provenance.unusual.empty();
}

Suspicion undated(const std::string& table, const Provenance& provenance) {
  return {table + ".source",
          fmt::format("no source of the {} price has a date: {}", table, provenance.source),
          "money has its place in time: add `date` to the [sources.*] table"};
}

}  // namespace

std::vector<Suspicion> suspicions(const System& system, const Device& device) {
  std::vector<Suspicion> found;
  const Bytes capacity = device.main_memory().capacity;
  if (!system.memory_sizes.empty() && std::ranges::count(system.memory_sizes, capacity) == 0) {
    std::vector<std::string> sizes;
    for (const Bytes size : system.memory_sizes)
      sizes.push_back(giga(size));
    found.push_back(
        {"memory_sizes",
         fmt::format("sold with {}, but `{}` has {}", join(sizes), device.id, giga(capacity)),
         "the device's capacity is one of the sizes"});
  }
  if (system.envelope && system.envelope->sustained > device.power.limit &&
      system.envelope->provenance.unusual.empty()) {
    found.push_back(
        {"envelope.sustained",
         fmt::format("sheds {} for ever, more than the {} that `{}` draws at most",
                     watts(system.envelope->sustained), watts(device.power.limit), device.id),
         "the limit of the device is its sustained board power"});
  }
  const bool joined = system.scale_up.topology != Topology::none;
  const Bandwidth between = system.scale_out.per_direction;
  if (joined && device.scale_up && between > device.scale_up->per_direction &&
      system.scale_out.provenance.unusual.empty()) {
    found.push_back(
        {"scale_out.per_direction",
         fmt::format("{} between domains, more than the {} of {} inside them", giga(between),
                     giga(device.scale_up->per_direction), device.scale_up->name),
         "it is the share of one device, in bytes, one way: 400 Gb/s are 50 GB/s"});
  }
  return found;
}

std::vector<Suspicion> suspicions(const Site& site) {
  std::vector<Suspicion> found;
  const double cents = site.electricity / cent_per_kwh;
  if ((cents < 1 || cents > 60) && site.electricity_provenance.unusual.empty()) {
    found.push_back({"electricity.price",
                     fmt::format("{:.3g} USD/kWh; industry pays 0.03 to 0.3", cents / 100),
                     "look at the unit and the currency"});
  }
  if (has_no_date(site.electricity_provenance))
    found.push_back(undated("electricity", site.electricity_provenance));
  if (site.pue > 2 && site.pue_provenance.unusual.empty()) {
    found.push_back(
        {"pue.value",
         fmt::format("{:.3g} times the servers' energy; halls have 1.05 to 1.6", site.pue), ""});
  }
  const double grams = site.grid_carbon / gram_per_kwh;
  if (grams > 1300 && site.carbon_provenance.unusual.empty()) {
    found.push_back({"carbon.intensity", fmt::format("{:.4g} g/kWh; lignite alone has 1200", grams),
                     "look at the unit"});
  }
  if (has_no_date(site.hosting_provenance))
    found.push_back(undated("hosting", site.hosting_provenance));
  return found;
}

}  // namespace infersim
