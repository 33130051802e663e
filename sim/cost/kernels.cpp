#include "infersim/cost/kernels.hpp"

#include <algorithm>
#include <cmath>

#include "cost/kernel_terms.hpp"

namespace infersim {

using namespace detail;

double expert_imbalance(const GroupedGemmShape& shape) {
  const double mean = shape.tokens * shape.top_k / shape.groups;
  if (shape.groups <= 1 || mean <= 0) return 1.0;
  const double draw = std::sqrt(2.0 * std::log(shape.groups) / mean);
  return std::min(1.0 + shape.skew + draw, shape.groups);
}

ExpertLoad expert_load(const GroupedGemmShape& shape) {
  ExpertLoad load;
  const double local = shape.replicas / shape.groups;
  const double mean = shape.tokens * shape.top_k / shape.groups;
  if (mean <= 0) return load;
  const double touched = 1.0 - std::pow(1.0 - shape.top_k / shape.replicas, shape.tokens);
  load.active_experts = std::max(std::min(local * touched, mean), std::min(1.0, mean));
  load.imbalance = expert_imbalance(shape);
  load.rows = mean * load.imbalance;
  return load;
}

OpCost grouped_gemm_cost(const Machine& machine, const KernelEfficiency& efficiency,
                         const GroupedGemmShape& shape) {
  OpCost cost;
  const ExpertLoad load = expert_load(shape);
  if (load.rows <= 0) return cost;
  const double rows_each = load.rows / load.active_experts;
  const double tm = tile_rows_for(rows_each, 1, efficiency.tile_rows);
  const double tn = efficiency.tile_columns;
  const double tiles =
      load.active_experts * std::max(1.0, rows_each / tm + 0.5) * std::ceil(shape.n / tn);
  cost.rows = load.rows;
  add_compute(cost, machine, efficiency, shape.compute, tiles, 2.0 * tm * tn * shape.k,
              2.0 * load.rows * shape.n * shape.k);
  const double weights = load.active_experts * shape.n * shape.k * bytes_of(shape.weights);
  const double a = bytes_of(width(shape.compute) < 16 ? shape.compute : shape.activations);
  const double inputs = load.rows * shape.k * a;
  const double gathering = load.rows * shape.k * (2.0 + a);
  const double outputs = 2.0 * load.rows * shape.n;
  const double row_tiles = std::max(1.0, rows_each / tm + 0.5);
  add_memory(cost, machine, efficiency,
             {Bytes{weights + inputs + outputs + gathering},
              Bytes{weights * row_tiles + inputs * std::ceil(shape.n / tn) + outputs + gathering}});
  cost.imbalance = load.imbalance;
  cost.mean_share = 1.0 / load.imbalance;
  cost.active_experts = load.active_experts;
  finish(cost, efficiency);
  return cost;
}

OpCost elementwise_cost(const Machine& machine, const KernelEfficiency& efficiency, double rows,
                        double read, double written) {
  OpCost cost;
  if (rows <= 0) return cost;
  const Bytes bytes{2.0 * rows * (read + written)};
  cost.rows = rows;
  if (bytes * 2.0 <= machine.cache_capacity) {
    cost.activity.on_chip = bytes;
    if (machine.cache_bandwidth > Bandwidth{}) {
      cost.on_chip = bytes / (machine.cache_bandwidth * efficiency.bandwidth);
    } else {
      // A cache of unpublished bandwidth is at least as fast as what it caches.
      cost.on_chip = bytes / (machine.memory_bandwidth * efficiency.bandwidth);
    }
  } else {
    cost.activity.memory = bytes;
    cost.memory = bytes / (machine.memory_bandwidth * efficiency.bandwidth);
  }
  finish(cost, efficiency);
  return cost;
}

}  // namespace infersim
