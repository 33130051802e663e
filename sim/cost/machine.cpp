#include "infersim/cost/machine.hpp"

#include <algorithm>

#include "cost/chip_kernels.hpp"

namespace infersim {
namespace {

/// What the case cannot shed (`sustained`, null: no limit) slows the chip down in the end. What is
/// derived from a limit is derived from the lower one; a figure of the chip falls with its clocks.
void set_power(EnergyRates& energy, const Device& device, const Engine& engine,
               const Watts* sustained) {
  const double share = 1.0 / device.ranks;
  const PowerModel power = sustained != nullptr ? device.power.within(*sustained) : device.power;
  const Watts active = engine.active > Watts{} ? engine.active : power.active;
  energy.flop = power.flop_energy;
  energy.idle = power.idle * share;
  energy.active = min(active, device.power.limit) * share;
  energy.limit = power.limit * share;
  const bool own = engine.active > Watts{} || !power.active_derived;
  if (own) energy.clocks = power.limit / device.power.limit;
}

}  // namespace

Machine make_machine(const Device& device, const Engine& engine, const System& system,
                     const Efficiency& efficiency) {
  const double share = 1.0 / device.ranks;
  Machine machine;
  for (NumberType type : all_number_types) {
    machine.peak[index(type)] = engine.dense_peak[index(type)] * share;
  }
  machine.vector_peak = engine.vector_peak * share;
  machine.units = std::max(1, engine.units.value_or(1) / device.ranks);

  const MemoryLevel& main = device.main_memory();
  machine.memory_bandwidth = main.bandwidth * share;
  machine.memory_capacity = main.capacity * share;
  machine.memory_reserved = main.reserved * share;
  if (device.memory.size() > 1) {
    machine.cache_capacity = device.memory[1].capacity * share;
    machine.cache_bandwidth = device.memory[1].bandwidth * share;
  }

  Fabric& fabric = machine.fabric;
  fabric.topology = system.scale_up.topology;
  fabric.dimensions = system.scale_up.dimensions;
  fabric.domain = system.scale_up.domain * device.ranks;
  if (device.scale_up) fabric.scale_up = device.scale_up->per_direction * share;
  fabric.scale_up_latency = system.scale_up.latency;
  fabric.in_network_reduction = system.scale_up.in_network_reduction;
  fabric.scale_out = system.scale_out.per_direction * share;
  fabric.scale_out_latency = system.scale_out.latency;

  EnergyRates& energy = machine.energy;
  energy.memory = main.energy + device.power.transport;
  if (device.memory.size() > 1) energy.on_chip = device.memory[1].energy;
  if (device.scale_up) energy.scale_up = device.scale_up->energy;
  energy.scale_out = system.scale_out.energy;
  set_power(energy, device, engine, system.envelope ? &system.envelope->sustained : nullptr);

  machine.efficiency = efficiency;
  machine.efficiency.kernels = detail::kernels_on(device, engine, efficiency);
  machine.launch = system.server.launch;
  return machine;
}

Joules dynamic_energy(const EnergyRates& rates, const Activity& activity) {
  Joules sum = activity.memory * rates.memory + activity.on_chip * rates.on_chip +
               activity.scale_up * rates.scale_up + activity.scale_out * rates.scale_out;
  for (std::size_t i = 0; i < activity.flops.size(); ++i)
    sum += activity.flops[i] * rates.flop[i];
  return sum;
}

}  // namespace infersim
