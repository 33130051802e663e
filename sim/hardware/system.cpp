#include "infersim/hardware/system.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "hardware/reading.hpp"
#include "infersim/core/units.hpp"

namespace infersim {
namespace {

using hardware::read_one_of;
using hardware::read_positive;
using hardware::Spelling;

constexpr std::array<Spelling<Topology>, 5> topologies = {{
    {Topology::none, "none"},
    {Topology::fabric, "fabric"},
    {Topology::mesh, "mesh"},
    {Topology::ring, "ring"},
    {Topology::torus, "torus"},
}};

// Their products stay far from the end of an int.
constexpr IntegerRange device_counts{1, 10'000};

int read_count(TableReader& table, std::string_view key) {
  // A missing or wrong count reads as 0; 1 keeps the checks that follow meaningful.
  return std::max(1, static_cast<int>(table.integer(key, device_counts)));
}

void check_domain(TableReader& table, const ScaleUp& scale_up, const System& system) {
  const int domain = scale_up.domain;
  const int per_node = system.devices_per_node;
  if (scale_up.topology == Topology::none && domain != 1) {
    table.fault("domain",
                fmt::format("`none` joins nothing, but the domain has {} devices", domain),
                "name the topology, or make the domain 1");
  } else if (scale_up.topology != Topology::none && domain == 1) {
    table.fault("domain", fmt::format("a {} needs at least 2 devices", name(scale_up.topology)),
                "use topology `none` where devices have no links of their own");
  } else if (domain % per_node != 0 && per_node % domain != 0) {
    table.fault("domain", fmt::format("{} devices are neither a whole number of nodes of {} nor an "
                                      "even part of one",
                                      domain, per_node));
  } else if (domain > per_node * system.max_nodes) {
    table.fault("domain", fmt::format("{} devices are more than {} nodes of {} have", domain,
                                      system.max_nodes, per_node));
  }
}

/// `counted`: the device counts of the system could be read.
ScaleUp read_scale_up(TableReader table, const System& system, bool counted,
                      const Diagnostics& faults) {
  ScaleUp scale_up;
  const std::size_t before = faults.size();
  scale_up.topology = read_one_of<Topology>(table, "topology", topologies, Topology::fabric);
  scale_up.domain = read_count(table, "domain");
  if (scale_up.topology == Topology::torus) {
    scale_up.dimensions = static_cast<int>(table.integer("dimensions", {2, 3}));
  }
  if (counted && faults.size() == before) check_domain(table, scale_up, system);
  if (scale_up.topology != Topology::none) {
    scale_up.latency = read_positive<Seconds>(table, "latency", faults);
  }
  scale_up.in_network_reduction = table.optional_boolean("in_network_reduction").value_or(false);
  scale_up.provenance = table.provenance();
  table.finish();
  return scale_up;
}

ScaleOut read_scale_out(TableReader table, const Diagnostics& faults) {
  ScaleOut scale_out;
  scale_out.per_direction = read_positive<Bandwidth>(table, "per_direction", faults);
  scale_out.latency = read_positive<Seconds>(table, "latency", faults);
  scale_out.energy = read_positive<JoulesPerByte>(table, "energy", faults);
  scale_out.provenance = table.provenance();
  table.finish();
  return scale_out;
}

Server read_server(TableReader table) {
  Server server;
  server.fixed = table.quantity<Watts>("fixed");
  server.network = table.optional_quantity<Watts>("network").value_or(Watts{});
  server.network_multinode =
      table.optional_quantity<Watts>("network_multinode").value_or(server.network);
  server.fans = table.optional_quantity<Watts>("fans").value_or(Watts{});
  server.fans_full_load = table.optional_quantity<Watts>("fans_full_load").value_or(Watts{});
  server.psu_efficiency = table.number("psu_efficiency", 0.01, 1.0);
  server.pue = table.optional_number("pue", 1.0, 3.0).value_or(0.0);
  server.capital_per_device = table.quantity<Dollars>("capital_per_device");
  server.launch = table.optional_number("launch", 0.1, 10.0).value_or(1.0);
  server.provenance = table.provenance();
  if (server.network_multinode < server.network) {
    table.fault("network_multinode", "must not be below `network`");
  }
  if (server.fans_full_load > Watts{} && server.fans == Watts{}) {
    table.fault("fans_full_load", "means nothing without `fans`");
  }
  table.finish();
  return server;
}

std::vector<Bytes> read_memory_sizes(TableReader& root) {
  std::vector<Bytes> sizes;
  for (const std::string& text : root.optional_texts("memory_sizes")) {
    const auto size = parse_quantity<dim::data>(text);
    if (size) {
      sizes.push_back(*size);
    } else {
      root.fault("memory_sizes", size.error().message, size.error().hint);
    }
  }
  return sizes;
}

void read_edge(TableReader& root, System& system, const Diagnostics& faults) {
  system.memory_sizes = read_memory_sizes(root);
  if (auto table = root.optional_table("battery")) {
    system.battery.emplace();
    system.battery->energy = read_positive<Joules>(*table, "energy", faults);
    system.battery->provenance = table->provenance();
    table->finish();
  }
  if (auto table = root.optional_table("envelope")) {
    system.envelope.emplace();
    system.envelope->sustained = read_positive<Watts>(*table, "sustained", faults);
    system.envelope->provenance = table->provenance();
    table->finish();
  }
}

void read_other_memories(TableReader& root, System& system, const Diagnostics& faults) {
  if (auto table = root.optional_table("host")) {
    system.host.emplace();
    system.host->device = table->text("device");
    system.host->link = read_positive<Bandwidth>(*table, "link", faults);
    system.host->latency = read_positive<Seconds>(*table, "latency", faults);
    system.host->provenance = table->provenance();
    table->finish();
  }
  if (auto table = root.optional_table("flash")) {
    system.flash.emplace();
    system.flash->bandwidth = read_positive<Bandwidth>(*table, "bandwidth", faults);
    system.flash->provenance = table->provenance();
    table->finish();
  }
}

}  // namespace

std::string_view name(Topology topology) { return hardware::spelt<Topology>(topologies, topology); }

System load_system(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();

  System system;
  system.path = path;
  system.id = root.text("id");
  system.aliases = root.optional_texts("aliases");
  system.name = root.text("name");
  system.device = root.text("device");
  system.site = root.text("site");
  const std::size_t before = faults.size();
  system.devices_per_node = read_count(root, "devices_per_node");
  system.max_nodes = read_count(root, "max_nodes");
  const bool counted = faults.size() == before;
  if (auto table = root.optional_table("holds")) {
    system.device_provenance = table->provenance();
    table->finish();
  }

  // One device alone has nothing to talk to and no chassis; more devices must say how they talk.
  const bool alone = system.devices_per_node == 1 && system.max_nodes == 1;
  if (!alone || root.has("scale_up")) {
    system.scale_up = read_scale_up(root.table("scale_up"), system, counted, faults);
  }
  const bool one_domain = system.devices_per_node * system.max_nodes <= system.scale_up.domain;
  if (!one_domain || root.has("scale_out")) {
    system.scale_out = read_scale_out(root.table("scale_out"), faults);
  }
  if (!alone || root.has("server")) {
    system.server = read_server(root.table("server"));
  } else {
    system.server.provenance.note = "no server around the device is described";
  }

  read_edge(root, system, faults);
  read_other_memories(root, system, faults);

  root.finish();
  faults.throw_if_any();
  return system;
}

}  // namespace infersim
