#include "search/plans.hpp"

#include <algorithm>

#include "infersim/search/planner.hpp"
#include "search/weight_floor.hpp"

namespace infersim {
namespace detail {
namespace {

std::vector<int> divisors(int n) {
  std::vector<int> low;
  std::vector<int> high;
  for (int d = 1; d <= n / d; ++d) {
    if (n % d != 0) continue;
    low.push_back(d);
    if (d != n / d) high.push_back(n / d);
  }
  low.insert(low.end(), high.rbegin(), high.rend());
  return low;
}

/// Copies that fill every rank of an expert group equally, when nothing is pinned.
int redundancy(const Scenario& scenario, int ep) {
  if (scenario.question.redundant_experts) return *scenario.question.redundant_experts;
  const MoeFfn* moe = experts_of(scenario.model);
  const int experts = moe != nullptr ? static_cast<int>(moe->experts) : 0;
  return ep > 1 ? (experts + ep - 1) / ep * ep - experts : 0;
}

bool agrees(const Scenario& scenario, const ParallelPlan& plan) {
  const Question& q = scenario.question;
  // Groups of a dense model share nothing: they are replicas, unless they are asked for as groups.
  if (!q.dp && !has_experts(scenario) && plan.device_dp() > 1) return false;
  return (!q.tp || *q.tp == plan.device_tp()) && (!q.pp || *q.pp == plan.pp) &&
         (!q.dp || *q.dp == plan.device_dp());
}

/// The widest tensor parallelism that is tried: over the links of a domain, or a node's.
int widest_tp(const Scenario& scenario) {
  return std::max(scenario.decode_machine.fabric.domain, 8);
}

/// The deepest pipeline that is tried. What deep ones are for is to hold what does not fit: stages
/// yield as much a device as one engine of a stage's devices, but for the memory they have. Routed
/// experts are spread over all ranks anyway; a mixture needs more than four stages only for what
/// else it has.
int deepest_pp(const Scenario& scenario, int devices) {
  constexpr int usual = 4;
  const int nodes = std::max(1, devices / scenario.system.devices_per_node);
  if (!has_experts(scenario) || nodes <= usual) return std::max(usual, nodes);
  ParallelPlan plan;
  plan.pp = usual;
  plan.tp = std::min(widest_tp(scenario), devices * scenario.device.ranks / usual);
  plan.dp = devices * scenario.device.ranks / (plan.pp * plan.tp);
  return WeightFloor(scenario).exceeds_memory(plan) ? nodes : usual;
}

}  // namespace

int extent(const Scenario& scenario) {
  return scenario.system.devices_per_node * scenario.system.max_nodes;
}

bool has_experts(const Scenario& scenario) { return experts_of(scenario.model) != nullptr; }

int pinned_devices(const Question& q) {
  if (q.plan) return q.plan->devices();
  return q.tp.value_or(1) * q.pp.value_or(1) * q.dp.value_or(1);
}

std::vector<int> engine_sizes(const Scenario& scenario, int devices) {
  const Question& q = scenario.question;
  const int pinned = pinned_devices(q);
  const bool whole = q.plan || (q.tp && q.pp && q.dp);
  std::vector<int> sizes;
  if (scenario.offload && devices > 1) return sizes;  // what is beside a device is beside it alone
  for (const int size : divisors(devices)) {
    if (size % pinned != 0 || (whole && size != pinned)) continue;
    if (q.replicas ? devices / size != *q.replicas : size > std::max(extent(scenario), pinned)) {
      continue;
    }
    sizes.push_back(size);
  }
  return sizes;
}

std::vector<int> expert_degrees(const Scenario& scenario, int stage_ranks) {
  const Question& q = scenario.question;
  if (!has_experts(scenario)) return {1};
  if (q.moe_tp) {
    if (stage_ranks % *q.moe_tp != 0) return {};
    const int ep = stage_ranks / *q.moe_tp;
    return q.ep && *q.ep != ep ? std::vector<int>{} : std::vector<int>{ep};
  }
  if (q.ep) return {*q.ep};
  const int node = scenario.system.devices_per_node * scenario.device.ranks;
  const int domain = scenario.decode_machine.fabric.domain;
  const int experts = static_cast<int>(experts_of(scenario.model)->experts);
  std::vector<int> degrees;
  for (const int d : divisors(stage_ranks)) {
    const bool end = d == 1 || d == stage_ranks;
    if (end || d == node || d == domain || d == experts || 2 * d == stage_ranks) {
      degrees.push_back(d);
    }
  }
  return degrees;
}

}  // namespace detail

std::vector<ParallelPlan> enumerate_plans(const Scenario& scenario, int devices) {
  const Question& q = scenario.question;
  if (q.plan) {
    return q.plan->devices() == devices ? std::vector{*q.plan} : std::vector<ParallelPlan>{};
  }
  const int per_device = scenario.device.ranks;
  const int ranks = devices * per_device;
  const int deepest = q.pp.value_or(detail::deepest_pp(scenario, devices));
  std::vector<ParallelPlan> plans;
  for (const int pp : detail::divisors(ranks)) {
    if (pp > deepest) break;
    for (const int tp : detail::divisors(ranks / pp)) {
      if (tp > detail::widest_tp(scenario) && !q.tp) break;
      for (const int ep : detail::expert_degrees(scenario, ranks / pp)) {
        ParallelPlan plan;
        plan.tp = tp;
        plan.pp = pp;
        plan.dp = ranks / (pp * tp);
        plan.ep = ep;
        plan.redundant_experts = detail::redundancy(scenario, ep);
        plan.microbatches = q.microbatches.value_or(1);
        plan.mtp = q.mtp.value_or(0);
        plan.acceptance = q.acceptance.value_or(0.0);
        plan.ranks_per_device = per_device;
        const bool whole_devices = (tp * plan.dp) % per_device == 0;
        if (whole_devices && detail::agrees(scenario, plan)) plans.push_back(plan);
      }
    }
  }
  return plans;
}

}  // namespace infersim
