#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/activity.hpp"
#include "infersim/cost/efficiency.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/system.hpp"

namespace infersim {

/// The networks of a rank: bandwidths are one rank's, per direction.
struct Fabric {
  Topology topology = Topology::none;
  int dimensions = 0;  ///< of a torus
  int domain = 1;      ///< ranks that reach each other over scale-up links
  Bandwidth scale_up;
  Seconds scale_up_latency;
  bool in_network_reduction = false;
  Bandwidth scale_out;
  Seconds scale_out_latency;
};

/// What a joule is spent on, for one rank.
struct EnergyRates {
  PerNumberType<JoulesPerFlop> flop{};
  JoulesPerByte memory;  ///< the memory's own and the way to the engines
  JoulesPerByte on_chip;
  JoulesPerByte scale_up;
  JoulesPerByte scale_out;
  Watts idle;
  Watts active;
  Watts limit;
  double clocks = 1;  ///< that are left where the case sheds less than the chip's own limit

  /// `active` at these clocks, with which voltage falls: the square of them.
  [[nodiscard]] Watts slowed() const { return idle + clocks * clocks * (active - idle); }
};

/// One rank as the cost functions see it: a device's share of one die, on one engine.
struct Machine {
  PerNumberType<FlopRate> peak{};
  FlopRate vector_peak;
  int units = 1;  ///< 1 too where they are not counted: kernels then have no tiles
  Bandwidth memory_bandwidth;
  Bytes memory_capacity;
  Bytes memory_reserved;
  Bytes cache_capacity;       ///< 0: none described
  Bandwidth cache_bandwidth;  ///< 0: unpublished
  Fabric fabric;
  EnergyRates energy;
  Efficiency efficiency;
  /// Kernels are timed one by one, as benchmarks do: what their repetitions leave in the cache is
  /// there for the next, and a caller without a graph waits for its host.
  bool timed_alone = false;
  double launch = 1.0;  ///< time in which that host launches, over a usual x86 server's
};

/// Divides the device's figures by its ranks and joins them with the system's networks.
Machine make_machine(const Device& device, const Engine& engine, const System& system,
                     const Efficiency& efficiency);

/// Energy of an activity above idle: flops by type and bytes by level and link times their energy.
Joules dynamic_energy(const EnergyRates& rates, const Activity& activity);

}  // namespace infersim
