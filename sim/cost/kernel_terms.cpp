#include "cost/kernel_terms.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace infersim::detail {
namespace {

/// Makes `term` as long as it has to be for the whole to take `least`.
void raise(OpCost& cost, Seconds OpCost::*term, Seconds least) {
  const double p = cost.blend;
  const Seconds wanted = least - cost.latency - cost.extra;
  const Seconds busy = cost.time - cost.latency - cost.extra;
  const double others = std::pow(busy / wanted, p) - std::pow(cost.*term / wanted, p);
  cost.*term = wanted * std::pow(1.0 - std::max(others, 0.0), 1.0 / p);
  cost.time = least;
}

/// Useful share of what units at `peak` could have computed in the compute time.
void set_tile_efficiency(OpCost& cost, FlopRate peak, double fraction) {
  const Flops possible = cost.compute * (peak * fraction);
  if (possible > Flops{}) cost.tile_efficiency = cost.useful_flops / possible;
}

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

void finish(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
            NumberType type) {
  const FlopRate peak =
      machine.peak[index(type)] > FlopRate{} ? machine.peak[index(type)] : machine.vector_peak;
  set_tile_efficiency(cost, peak, efficiency.compute);
  finish(cost, efficiency);
  if (machine.timed_alone) return;  // what a repetition finds in the cache does not count as moved
  const Seconds flops = peak > FlopRate{} ? cost.useful_flops / peak : Seconds{};
  const Seconds bytes = cost.activity.memory / machine.memory_bandwidth;
  if (cost.time >= max(flops, bytes)) return;
  if (flops > bytes) {
    raise(cost, &OpCost::compute, flops);
    set_tile_efficiency(cost, peak, efficiency.compute);
  } else {
    raise(cost, &OpCost::memory, bytes);
    cost.bandwidth_fraction = bytes / cost.memory;
  }
}

void add_scan_memory(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
                     Bytes moved) {
  const ScanTuning& tuning = efficiency.scan;
  cost.memory = moved * warm_factor(machine, tuning.warm, tuning.warm_gain, moved) /
                (machine.memory_bandwidth * efficiency.bandwidth);
  cost.activity.memory = moved;
  cost.activity.on_chip = moved;
}

}  // namespace infersim::detail
