#pragma once

#include "infersim/cost/kernels.hpp"
#include "infersim/cost/machine.hpp"

namespace infersim::test {

/// A machine of round figures: 1000 TFLOP/s in BF16 on 100 units (10 TFLOP/s each), 4 TB/s, no
/// described cache, eight ranks behind a switch of 400 GB/s and a 50 GB/s NIC each.
inline Machine round_machine() {
  Machine machine;
  machine.peak[index(NumberType::bf16)] = FlopRate{1e15};
  machine.peak[index(NumberType::fp8)] = FlopRate{2e15};
  machine.peak[index(NumberType::int8)] = FlopRate{2e15};
  machine.units = 100;
  machine.memory_bandwidth = Bandwidth{4e12};
  machine.memory_capacity = Bytes{100e9};
  machine.fabric.topology = Topology::fabric;
  machine.fabric.domain = 8;
  machine.fabric.scale_up = Bandwidth{400e9};
  machine.fabric.scale_up_latency = Seconds{1e-6};
  machine.fabric.scale_out = Bandwidth{50e9};
  machine.fabric.scale_out_latency = Seconds{4e-6};
  machine.efficiency.links = {.scale_up = 0.8,
                              .scale_out = 0.8,
                              .reduce_latency = Seconds{3e-6},
                              .between_latency = {},
                              .all_to_all_latency = Seconds{20e-6},
                              .overlapped_compute = 0.85};
  return machine;
}

/// Kernels that reach half of the peak and 80 % of bandwidth, with a nearly sharp maximum.
inline KernelEfficiency sharp_kernel() {
  KernelEfficiency kernel;
  kernel.compute = 0.5;
  kernel.bandwidth = 0.8;
  kernel.latency = Seconds{2e-6};
  kernel.blend = 64.0;
  return kernel;
}

/// The time of a kernel without its launch.
inline Seconds busy(const OpCost& cost) { return cost.time - cost.latency; }

}  // namespace infersim::test
