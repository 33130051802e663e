#include "infersim/cost/lint.hpp"

#include <fmt/format.h>

#include "infersim/cost/attention_decode.hpp"
#include "infersim/cost/experts.hpp"
#include "infersim/cost/gemm.hpp"

namespace infersim {
namespace {

// Shapes of a model of 8 billion parameters, and of experts of one of 30.
constexpr double hidden = 4096;
constexpr double head = 128;
constexpr double context = 4096;
/// Computing that takes less beyond the bytes is within what estimates of either are off.
constexpr double noticed = 1.12;

/// A kernel of one user's decode step in a type, by class.
OpCost cost_of(KernelClass kind, NumberType type, const Machine& machine) {
  const KernelEfficiency& kernel = machine.efficiency.kernel(kind, type);
  if (kind == KernelClass::gemm) {
    GemmShape shape{.m = 1, .n = hidden, .k = hidden};
    shape.weights = shape.compute = type;
    return gemm_cost(machine, kernel, shape);
  }
  if (kind == KernelClass::attention_decode) {
    AttentionShape shape;
    shape.query_heads = 32;
    shape.kv_heads = 8;
    shape.key_dim = shape.value_dim = head;
    shape.cached_values = 2 * head;
    shape.compute = shape.cache = type;
    return attention_decode_cost(machine, kernel, shape, 1, 1, context);
  }
  ExpertShape shape;
  shape.routing.tokens = 1;
  shape.routing.top_k = 8;
  shape.routing.replicas = 128;
  shape.hidden = 2048;
  shape.inner = 768;
  shape.weights = shape.compute = type;
  return expert_part_cost(machine, kernel, shape, expert_load(shape.routing), ExpertPart::up);
}

}  // namespace

std::vector<Suspicion> suspicions(const Device& device, const Machine& machine) {
  std::vector<Suspicion> found;
  for (const KernelClass kind :
       {KernelClass::gemm, KernelClass::grouped_gemm, KernelClass::attention_decode}) {
    for (const NumberType type : all_number_types) {
      const FlopRate peak = machine.peak[index(type)];
      if (peak == FlopRate{}) continue;
      const Regime regime = kernel_regime(device, machine.efficiency, {kind, format_of(type)});
      if (regime == Regime::fitted || regime == Regime::chip) continue;
      const OpCost cost = cost_of(kind, type, machine);
      if (cost.bound != Bound::padding || cost.compute < noticed * cost.memory) continue;
      found.push_back(
          {fmt::format("kernel.{}.{}", name(kind), name(type)),
           fmt::format("one row takes {:.2g} times as long to compute as its bytes to come, at "
                       "{:.2g} % of the peak: that is padding",
                       cost.compute / cost.memory, 100 * (cost.useful_flops / cost.compute / peak)),
           "tiles (`tile_rows`, `side`, `tile_extra`, `least_rows`) and times of tiles are those "
           "of "
           "chips with more flops for each byte: give the family its own"});
      break;  // one type tells of the others
    }
  }
  return found;
}

}  // namespace infersim
