#include "search/weight_floor.hpp"

#include <algorithm>

#include "infersim/workload/parameters.hpp"

namespace infersim::detail {
namespace {

constexpr double counted = 0.97;  ///< of the parameters: matrices, without biases and norms

}  // namespace

WeightFloor::WeightFloor(const Scenario& scenario) {
  const PrecisionPlan& precision = scenario.precision;
  elsewhere_ = scenario.offload && scenario.offload->placement.any();
  const WeightBits& bits = precision.bits;
  const Bytes narrowest = min(stored_size(precision.weights, bits.linear),
                              min(stored_size(precision.projections, bits.projections),
                                  stored_size(precision.head, bits.head)));
  for (const LayerGroup& layers : scenario.model.layers) {
    const LayerParameters one = layer_parameters(scenario.model, layers);
    groups_.push_back({layers.count, counted * (one.attention + one.dense_ffn) * narrowest,
                       counted * one.experts * stored_size(precision.experts, bits.experts)});
    layers_ += layers.count;
  }
  const Machine& machine = scenario.decode_machine;
  available_ =
      machine.memory_capacity - machine.memory_reserved - machine.efficiency.runtime.fixed_reserve;
}

Bytes WeightFloor::of(const ParallelPlan& plan) const {
  Count left = (layers_ + plan.pp - 1) / plan.pp;
  Bytes sum;
  for (auto group = groups_.rbegin(); group != groups_.rend() && left > 0; ++group) {
    const Count taken = std::min(left, group->layers);
    const double ranks = 1.0 * plan.tp * plan.dp;
    sum += static_cast<double>(taken) * (group->dense / plan.tp + group->experts / ranks);
    left -= taken;
  }
  return sum;
}

bool WeightFloor::exceeds_memory(const ParallelPlan& plan) const {
  return !elsewhere_ && of(plan) > available_;
}

}  // namespace infersim::detail
