#include "infersim/report/schema.hpp"

#include <algorithm>

namespace infersim {

std::string_view version() { return INFERSIM_VERSION; }

int Answer::nodes() const {
  const int each = scenario.system.devices_per_node;
  return (devices() + each - 1) / each;
}

Scheduler Answer::scheduler() const {
  return scheduler_of(scenario.workload(), scenario.pool(best().plan, best().replicas),
                      ServingRole::engine);
}

Bytes Answer::kv_in_use() const {
  const ParallelPlan& plan = best().plan;
  const Bytes each = best().memory.sequence_bytes(scenario.workload().sequence_tokens());
  // Requests beyond what runs at once queue without a cache.
  const double kept = std::min(best().batch - best().queued(), best().max_sequences);
  return each * (kept / best().groups() * plan.ranks_per_device);
}

const ServingResidual* Answer::residual(Metric metric) const {
  return residual_of(scenario.framework, best().accuracy.scope.regime, metric);
}

std::optional<Interval> Answer::spread(Metric metric) const { return best().accuracy.of(metric); }

double Answer::experts_per_rank() const {
  const MoeFfn* moe = experts_of(scenario.model);
  if (moe == nullptr) return 0;
  return (static_cast<double>(moe->experts) + best().plan.redundant_experts) / best().plan.ep;
}

}  // namespace infersim
