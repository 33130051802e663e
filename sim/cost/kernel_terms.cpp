#include "cost/kernel_terms.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace infersim::detail {
namespace {

/// Waves that `items` equal pieces of work need on `units`, in whole waves.
double whole_waves(double items, double units) { return std::ceil(items / units - 1e-9); }

}  // namespace

double tile_rows_for(double m, double least, double most) {
  if (m >= most) return most;
  const double power = std::bit_ceil(static_cast<unsigned>(std::ceil(m)));
  return std::clamp(power, least, most);
}

void finish(OpCost& cost, const KernelEfficiency& efficiency) {
  finish(cost, efficiency, efficiency.latency);
}

void finish(OpCost& cost, const KernelEfficiency& efficiency, Seconds latency) {
  const Seconds busy = smooth_max(cost.compute, cost.memory, cost.on_chip, efficiency.blend);
  cost.latency = latency;
  cost.time = cost.latency + busy + cost.extra;
  cost.compute_fraction = efficiency.compute;
  cost.bandwidth_fraction = efficiency.bandwidth;
  cost.blend = efficiency.blend;
  cost.bound = cost.latency > busy + cost.extra ? Bound::latency : busy_bound(cost);
}

void set_tile_efficiency(OpCost& cost, FlopRate peak) {
  const Flops possible = cost.compute * (peak * cost.compute_fraction);
  if (possible > Flops{}) cost.tile_efficiency = cost.useful_flops / possible;
}

void add_scan_memory(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
                     Bytes moved) {
  const ScanTuning& tuning = efficiency.scan;
  cost.memory = moved * warm_factor(machine, tuning.warm, tuning.warm_gain, moved) /
                (machine.memory_bandwidth * efficiency.bandwidth);
  cost.activity.memory = moved;
  cost.activity.on_chip = moved;
}

void add_memory(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
                KernelTraffic traffic) {
  cost.memory = traffic.memory / (machine.memory_bandwidth * efficiency.bandwidth);
  cost.activity.memory = traffic.memory;
  cost.activity.on_chip = traffic.on_chip;
  if (machine.cache_bandwidth > Bandwidth{}) {
    cost.on_chip = traffic.on_chip / (machine.cache_bandwidth * efficiency.bandwidth);
  }
}

void add_compute(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
                 NumberType type, double items, double flops_per_item, double useful) {
  const FlopRate per_unit = machine.peak[index(type)] * (efficiency.compute / machine.units);
  cost.compute = whole_waves(items, machine.units) * (Flops{flops_per_item} / per_unit);
  cost.useful_flops = Flops{useful};
  cost.activity.flops[index(type)] = Flops{items * flops_per_item};
  const double capacity = whole_waves(items, machine.units) * machine.units * flops_per_item;
  cost.tile_efficiency = capacity > 0 ? useful / capacity : 1.0;
}

}  // namespace infersim::detail
