#include "infersim/phase/step_effects.hpp"

#include <memory>
#include <utility>

namespace infersim {
namespace {

void apply(const StepEffects& effects, KernelClass kernel, KernelEfficiency& efficiency) {
  if (kernel == KernelClass::elementwise) {
    efficiency.latency = effects.pass_latency.value_or(efficiency.latency);
    return;
  }
  efficiency.compute /= effects.stretch;
  efficiency.bandwidth /= effects.stretch;
  if (kernel == KernelClass::grouped_gemm) {
    efficiency.latency *= effects.expert_latency;
    efficiency.experts.ramp *= effects.expert_latency;
    efficiency.experts.per_expert *= effects.expert_latency;
    return;
  }
  // Sparse attention was timed within the graph of its module already.
  if (general_class(kernel) != kernel) {
    efficiency.sparse.gather /= effects.stretch;
    efficiency.sparse.index_compute /= effects.stretch;
    return;
  }
  efficiency.latency *= effects.kernel_latency;
}

void apply(double share, LinkEfficiency& links) {
  links.reduce_latency *= share;
  for (LibraryEfficiency& library : links.library) {
    library.bulk.way.latency *= share;
    library.low.way.latency *= share;
    library.in_network.latency *= share;
  }
  links.custom.one_shot.latency *= share;
  links.custom.two_shot.latency *= share;
  links.custom.symmetric.latency *= share;
  for (ExchangeKernels& kernels : links.exchanges) {
    for (ExchangeEfficiency& pass : kernels.passes)
      pass.latency *= share;
  }
}

}  // namespace

Machine within_steps(Machine machine, const StepEffects& effects) {
  machine.timed_alone = false;
  if (effects == StepEffects{}) return machine;
  auto kernels = std::make_shared<KernelTable>(*machine.efficiency.kernels);
  for (const KernelClass kernel : all_kernel_classes) {
    for (KernelEfficiency& efficiency : kernels->kernels[index(kernel)])
      apply(effects, kernel, efficiency);
  }
  for (KernelVariant& variant : kernels->variants)
    apply(effects, variant.kernel, variant.efficiency);
  machine.efficiency.kernels = std::move(kernels);
  apply(effects.link_latency, machine.efficiency.links);
  return machine;
}

}  // namespace infersim
