#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/hardware/host.hpp"

namespace infersim {

/// How the devices of a scale-up domain are joined.
///   none      one device, no links
///   fabric    through switches: any pair can use a device's whole link bandwidth
///   mesh      each pair has its own lanes: a group of n out of N reaches (n-1)/(N-1) of it
///   ring      each device has half of its bandwidth to each of its two neighbours
///   torus     of 2 or 3 dimensions: an equal part to each of its 4 or 6 neighbours
enum class Topology { none, fabric, mesh, ring, torus };

std::string_view name(Topology topology);

/// The network between devices that talk over their own links.
struct ScaleUp {
  Topology topology = Topology::none;
  int domain = 1;                     ///< devices
  int dimensions = 0;                 ///< of a torus
  Seconds latency;                    ///< of one hop, software excluded
  bool in_network_reduction = false;  ///< switches that add (NVLink SHARP)
  Provenance provenance;
};

/// The network between domains; bandwidth of one device's share of its NICs, per direction.
struct ScaleOut {
  Bandwidth per_direction;
  Seconds latency;
  JoulesPerByte energy;
  Provenance provenance;
};

/// What a server draws and costs beside its accelerators.
struct Server {
  Watts fixed;              ///< CPUs, memory, drives, switches of one node at work
  Watts network;            ///< its share of the network, inside one node
  Watts network_multinode;  ///< the same when a job spans nodes
  Watts fans;               ///< at full cooling load; 0 where the figure above includes them
  Watts fans_full_load;     ///< node power at which fans reach `fans`; 0: fans are constant
  double psu_efficiency = 1.0;
  double pue = 0.0;            ///< where it is cooled as it wants (by liquid); 0: the site's
  Dollars capital_per_device;  ///< chassis, CPUs, NICs, switches for one device
  double launch = 1.0;  ///< time in which its CPUs launch a kernel, over a usual x86 server's
  Provenance provenance;
};

/// What an edge device runs on when it is not plugged in.
struct Battery {
  Joules energy;
  Provenance provenance;
};

/// What the case of an edge device lets through.
struct Envelope {
  Watts sustained;  ///< power that it sheds for as long as one likes
  Provenance provenance;
};

/// A product in which a device ships: nodes of so many devices and the networks between them.
struct System {
  std::string id;
  std::vector<std::string> aliases;
  std::string name;
  std::string device;  ///< id
  /// That this product holds this device, where it takes a source to say so (variants of a chip).
  std::optional<Provenance> device_provenance;
  std::string site;  ///< id of the site it is assumed to stand at
  int devices_per_node = 1;
  int max_nodes = 1;  ///< up to which the planner looks without `--devices`
  ScaleUp scale_up;
  ScaleOut scale_out;
  Server server;
  std::vector<Bytes> memory_sizes;  ///< with which it is sold; empty: those of its device
  std::optional<Battery> battery;
  std::optional<Envelope> envelope;
  std::optional<Host> host;    ///< empty: see usual_host
  std::optional<Flash> flash;  ///< empty: see usual_flash
  std::string path;
};

/// Reads a system description (`hardware/README.md` explains every key). A system of one device may
/// leave out its links and its server. Throws InputError with every fault.
System load_system(std::string_view toml, const std::string& path);

}  // namespace infersim
