#include "infersim/cost/short_convolution.hpp"

#include <algorithm>

#include "cost/kernel_terms.hpp"

namespace infersim {

using namespace detail;

OpCost short_convolution_cost(const Machine& machine, const KernelEfficiency& efficiency,
                              const ConvolutionShape& shape, double sequences, double tokens) {
  constexpr double block_channels = 256;
  OpCost cost;
  if (tokens <= 0) return cost;
  const ScanTuning& tuning = efficiency.scan;
  const double each = tokens / sequences;
  const double chains = sequences * whole(shape.channels / block_channels);
  cost.rows = tokens;
  cost.compute =
      chains / machine.units * (tuning.start + whole(each / efficiency.tile_rows) * tuning.item);
  add_scan_memory(
      cost, machine, efficiency,
      Bytes{4.0 * shape.channels * (tokens * tuning.passes + sequences * (shape.taps - 1.0))});
  cost.useful_flops = Flops{2.0 * shape.taps * tokens * shape.channels};
  cost.activity.flops[index(shape.compute)] = cost.useful_flops;
  cost.extra = sequences * tuning.sequence +
               std::max(0.0, std::min<double>(each, efficiency.tile_rows) - 1.0) * tuning.step;
  if (machine.timed_alone) cost.extra += machine.launch * tuning.host;
  finish(cost, machine, efficiency, shape.compute);
  return cost;
}

}  // namespace infersim
