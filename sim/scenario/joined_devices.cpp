#include "infersim/scenario/joined_devices.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/hardware/host.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim {
namespace {

/// More of them are no product of one user.
constexpr int most_joined = 16;

constexpr Bandwidth gigabyte_per_second{1e9};
constexpr JoulesPerByte picojoule_per_bit{8e-12};

Provenance assumed(std::string note) {
  Provenance provenance;
  provenance.basis = Basis::assumed;
  provenance.note = std::move(note);
  return provenance;
}

/// Cards in one computer.
void join_cards(Device& device, System& system, int devices, const Host& host) {
  const Provenance provenance =
      assumed("PCIe, from card to card by way of the host's memory; latency and energy: estimates");
  device.scale_up = Link{"PCIe", host.link, 5.0 * picojoule_per_bit, provenance};
  system.devices_per_node = devices;
  system.scale_up.topology = Topology::fabric;
  system.scale_up.domain = devices;
  system.scale_up.latency = host.latency;
  system.scale_up.provenance = provenance;
  system.server.capital_per_device = system.server.capital_per_device * (1.0 / devices);
}

/// Computers side by side.
void join_computers(System& system, int devices, JoinedBy by) {
  system.max_nodes = devices;
  ScaleOut& network = system.scale_out;
  network.energy = 20.0 * picojoule_per_bit;
  if (by == JoinedBy::thunderbolt) {
    network.per_direction = 5.0 * gigabyte_per_second;
    network.latency = 30.0 * microsecond;
    network.provenance = assumed("Thunderbolt at 40 Gb/s; latency and energy: estimates");
  } else {
    network.per_direction = 1.25 * gigabyte_per_second;
    network.latency = 50.0 * microsecond;
    network.provenance = assumed("Ethernet at 10 Gb/s; latency and energy: estimates");
  }
}

}  // namespace

std::string_view name(JoinedBy by) {
  switch (by) {
    case JoinedBy::pcie: return "pcie";
    case JoinedBy::thunderbolt: return "thunderbolt";
    case JoinedBy::ethernet: return "ethernet";
  }
  return "";
}

JoinedBy usual_join(const Device& device) {
  return shares_memory(device) ? JoinedBy::thunderbolt : JoinedBy::pcie;
}

int joined_devices(const Question& question, const System& system) {
  if (system.devices_per_node > 1 || system.max_nodes > 1) return 1;
  double product = 1;
  for (const auto& degree : {question.replicas, question.tp, question.pp, question.dp})
    product *= std::max(1, degree.value_or(1));
  const double devices = std::max<double>(question.devices.value_or(1), product);
  return static_cast<int>(std::min(devices, 1e6));
}

void join(Device& device, System& system, int devices, std::optional<JoinedBy> by) {
  if (device.device_class != DeviceClass::pc) {
    throw InputError(fmt::format("{} is a single device", system.name), "leave out --devices");
  }
  if (devices > most_joined) {
    throw InputError(
        fmt::format("--devices: {} of {} are more than one user joins", devices, system.name),
        fmt::format("give at most {}, or describe a system of them", most_joined));
  }
  const JoinedBy link = by.value_or(usual_join(device));
  if (link == JoinedBy::pcie) {
    const auto host = system.host ? system.host : usual_host(device);
    if (!host) {
      throw InputError(fmt::format("--link pcie: {} is a computer, not a card in one", system.name),
                       "join computers by --link thunderbolt or ethernet");
    }
    join_cards(device, system, devices, *host);
  } else {
    join_computers(system, devices, link);
  }
  system.name = fmt::format("{} x {}, joined by {}", devices, system.name, name(link));
}

Efficiency without_measured_links(Efficiency efficiency) {
  efficiency.links.library = {};
  efficiency.links.custom = {};
  efficiency.links.exchanges.clear();
  std::erase_if(efficiency.scopes,
                [](const EfficiencyScope& scope) { return scope.parameter.starts_with("links."); });
  return efficiency;
}

}  // namespace infersim
