#include "infersim/cost/kernels.hpp"

#include <algorithm>
#include <cmath>

#include "cost/kernel_terms.hpp"

namespace infersim {

using namespace detail;

OpCost elementwise_cost(const Machine& machine, const KernelEfficiency& efficiency, double rows,
                        double read, double written) {
  OpCost cost;
  if (rows <= 0) return cost;
  const Bytes bytes{2.0 * rows * (read + written)};
  cost.rows = rows;
  if (bytes * 2.0 <= machine.cache_capacity) {
    cost.activity.on_chip = bytes;
    // A cache of unpublished bandwidth is at least as fast as what it caches.
    cost.on_chip_bandwidth =
        machine.cache_bandwidth > Bandwidth{} ? machine.cache_bandwidth : machine.memory_bandwidth;
    cost.on_chip = bytes / (cost.on_chip_bandwidth * efficiency.bandwidth);
  } else {
    cost.activity.memory = bytes;
    cost.memory = bytes / (machine.memory_bandwidth * efficiency.bandwidth);
  }
  finish(cost, efficiency);
  return cost;
}

}  // namespace infersim
