#include "report/system_sections.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "report/entries.hpp"
#include "report/figures.hpp"

namespace infersim::detail {

namespace {

using Json = nlohmann::ordered_json;

/// What a system is, without figures of which each has a source.
CardSection product(const System& system) {
  CardSection section;
  section.title = fmt::format("Ships in: {} ({})", system.name, system.id);
  section.notes.push_back(system.devices_per_node == 1 && system.max_nodes == 1
                              ? "one device"
                              : fmt::format("nodes of {} devices, up to {} node{}",
                                            system.devices_per_node, system.max_nodes,
                                            system.max_nodes == 1 ? "" : "s"));
  if (!system.memory_sizes.empty()) {
    std::vector<std::string> sizes;
    for (const Bytes size : system.memory_sizes)
      sizes.push_back(figure("", "", size).text);
    section.notes.push_back("sold with " + join(sizes));
  }
  if (system.device_provenance) {
    section.notes.push_back("holds the device: " + provenance_text(*system.device_provenance));
  }
  return section;
}

CardSection scale_up(const ScaleUp& network) {
  const std::string dimensions =
      network.dimensions > 0 ? fmt::format(" of {} dimensions", network.dimensions) : "";
  CardSection section;
  section.title = fmt::format("Scale-up: {}{}{}", name(network.topology), dimensions,
                              network.in_network_reduction ? ", switches add" : "");
  section.figures = {
      from(figure("scale_up.domain", "devices", static_cast<double>(network.domain)),
           network.provenance),
      from(figure("scale_up.latency", "latency of a hop", network.latency), network.provenance)};
  return section;
}

CardSection scale_out(const ScaleOut& network) {
  return {"Scale-out, of one device",
          {from(figure("scale_out.per_direction", "each way", network.per_direction),
                network.provenance),
           from(figure("scale_out.latency", "latency", network.latency), network.provenance),
           from(figure("scale_out.energy", "energy", network.energy), network.provenance)},
          {}};
}

CardSection server(const Server& server) {
  CardSection section;
  section.title = "Server, beside its devices";
  const auto add = [&](Figure each) {
    section.figures.push_back(from(std::move(each), server.provenance));
  };
  add(figure("server.fixed", "fixed power", server.fixed));
  if (server.network > Watts{}) add(figure("server.network", "network", server.network));
  if (server.network_multinode > Watts{}) {
    add(figure("server.network_multinode", "network between nodes", server.network_multinode));
  }
  if (server.fans > Watts{}) add(figure("server.fans", "fans", server.fans));
  if (server.fans_full_load > Watts{}) {
    add(figure("server.fans_full_load", "fans at full load from", server.fans_full_load));
  }
  add(figure("server.psu_efficiency", "power supply returns", server.psu_efficiency));
  if (server.pue > 0) add(figure("server.pue", "PUE with its cooling", server.pue));
  add(figure("server.capital_per_device", "price per device", server.capital_per_device));
  return section;
}

}  // namespace

std::vector<CardSection> system_sections(const System& system) {
  std::vector<CardSection> sections = {product(system)};
  if (system.scale_up.topology != Topology::none) sections.push_back(scale_up(system.scale_up));
  if (system.scale_out.per_direction > Bandwidth{}) {
    sections.push_back(scale_out(system.scale_out));
  }
  if (system.envelope) {
    sections.push_back(
        {"Case",
         {from(figure("envelope.sustained", "sheds for good", system.envelope->sustained),
               system.envelope->provenance)},
         {}});
  }
  if (system.battery) {
    sections.push_back({"Battery",
                        {from(figure("battery.energy", "energy", system.battery->energy),
                              system.battery->provenance)},
                        {}});
  }
  if (system.host) {
    sections.push_back(
        {"Host beside its devices: " + system.host->device,
         {from(figure("host.link", "link each way", system.host->link), system.host->provenance),
          from(figure("host.latency", "hand-over", system.host->latency), system.host->provenance)},
         {}});
  }
  if (system.flash) {
    sections.push_back({"Flash",
                        {from(figure("flash.bandwidth", "read at", system.flash->bandwidth),
                              system.flash->provenance)},
                        {}});
  }
  sections.push_back(server(system.server));
  return sections;
}

Json system_document(const System& system) {
  Json document = entry(system);
  document["memory_sizes_bytes"] = Json::array();
  for (const Bytes size : system.memory_sizes)
    document["memory_sizes_bytes"].push_back(number(size.base()));
  document["battery_j"] = system.battery ? number(system.battery->energy.base()) : Json();
  document["sustained_w"] = system.envelope ? number(system.envelope->sustained.base()) : Json();
  document["figures"] = figures_json({"", {}, system_sections(system)});
  return document;
}

}  // namespace infersim::detail
