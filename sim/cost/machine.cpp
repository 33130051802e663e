#include "infersim/cost/machine.hpp"

#include <algorithm>

#include "cost/chip_kernels.hpp"

namespace infersim {

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

  // What the case cannot shed slows the chip down in the end.
  const PowerModel power =
      system.envelope ? device.power.within(system.envelope->sustained) : device.power;
  EnergyRates& energy = machine.energy;
  energy.flop = power.flop_energy;
  energy.memory = main.energy + power.transport;
  if (device.memory.size() > 1) energy.on_chip = device.memory[1].energy;
  if (device.scale_up) energy.scale_up = device.scale_up->energy;
  energy.scale_out = system.scale_out.energy;
  energy.idle = power.idle * share;
  energy.active = min(power.active, power.limit) * share;
  energy.limit = power.limit * share;

  machine.efficiency = efficiency;
  machine.efficiency.kernels = detail::kernels_on(engine, efficiency);
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
