#include "infersim/report/places.hpp"

#include <algorithm>

namespace infersim {

PlaceTimes place_times(const StepBreakdown& step) {
  PlaceTimes times;
  times.software = step.host + step.other;
  for (const OpShare& op : step.ops) {
    Seconds rest = op.exposed;
    if (op.cost.link > Seconds{}) {
      const Seconds moved = std::min(1.0, op.cost.link / op.cost.time) * op.exposed;
      (op.place == Place::flash ? times.flash : times.link) += moved;
      rest -= moved;
    }
    (op.on_host ? times.host : times.device) += rest;
  }
  return times;
}

Count gpu_layers(const Placement& placement, const ModelSpec& model) {
  const Count away = placement.flash_layers + placement.host_layers;
  return std::max<Count>(model.layer_count() - away, 0) + (placement.head_on_host ? 0 : 1);
}

}  // namespace infersim
