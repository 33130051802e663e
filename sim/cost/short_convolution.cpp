#include "infersim/cost/short_convolution.hpp"

#include "cost/kernel_terms.hpp"

namespace infersim {

using namespace detail;

OpCost short_convolution_cost(const Machine& machine, const KernelEfficiency& efficiency,
                              const ConvolutionShape& shape, double sequences, double tokens) {
  constexpr double block_channels = 256;
  OpCost cost;
  if (tokens <= 0) return cost;
  const ScanTuning& tuning = efficiency.scan;
  const double blocks = sequences * whole(tokens / sequences / efficiency.tile_rows) *
                        whole(shape.channels / block_channels);
  cost.rows = tokens;
  cost.compute = blocks / machine.units * tuning.item;
  add_scan_memory(
      cost, machine, efficiency,
      Bytes{4.0 * shape.channels * (tokens * tuning.passes + sequences * (shape.taps - 1.0))});
  cost.useful_flops = Flops{2.0 * shape.taps * tokens * shape.channels};
  cost.activity.flops[index(shape.compute)] = cost.useful_flops;
  cost.extra = sequences * tuning.sequence;
  finish(cost, machine, efficiency, shape.compute);
  return cost;
}

}  // namespace infersim
