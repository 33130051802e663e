#include "infersim/calibration/power_reading.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

namespace infersim {
namespace {

/// How near to the limit a board's control lets it come.
constexpr double regulated = 0.985;

/// Power between tests: near idle, and some preparing of the next.
constexpr double waiting_share = 0.15;

/// Per repetition of an operator, what the meter sees of the time around a test.
struct Pause {
  OperatorKind kind;
  std::string_view framework;          ///< empty: any
  std::optional<KernelFormat> format;  ///< none: any
  Seconds time;
};

/// The first that fits. Long where the host is slow to issue the operator: scales of activations,
/// layers of TensorRT-LLM, kernels outside a graph (vLLM with block scales).
constexpr Pause pauses[] = {
    {OperatorKind::gemm, "trtllm", KernelFormat::fp8_block, 420.0_us},
    {OperatorKind::gemm, "trtllm", KernelFormat::fp4, 320.0_us},
    {OperatorKind::gemm, "trtllm", std::nullopt, 3.0_us},
    {OperatorKind::gemm, "", KernelFormat::fp8_block, 800.0_us},
    {OperatorKind::gemm, "", std::nullopt, 20.0_us},
    {OperatorKind::experts, "trtllm", std::nullopt, 130.0_us},
    {OperatorKind::experts, "", std::nullopt, 24.0_us},
    {OperatorKind::attention_prefill, "trtllm", std::nullopt, 0.0_us},
    {OperatorKind::attention_prefill, "", std::nullopt, 30.0_us},
    {OperatorKind::attention_decode, "trtllm", std::nullopt, 470.0_us},
    {OperatorKind::attention_decode, "", std::nullopt, 130.0_us},
};

/// Latent attention is issued as the other is.
OperatorKind issued_as(OperatorKind kind) {
  if (kind == OperatorKind::mla_prefill) return OperatorKind::attention_prefill;
  if (kind == OperatorKind::mla_decode) return OperatorKind::attention_decode;
  return kind;
}

/// None of operators whose power no table has.
Seconds pause_of(const MeasuredOperator& op) {
  const auto* found = std::find_if(std::begin(pauses), std::end(pauses), [&](const Pause& pause) {
    return pause.kind == issued_as(op.kind) &&
           (pause.framework.empty() || pause.framework == op.labels.framework) &&
           (!pause.format || *pause.format == op.types.format);
  });
  return found == std::end(pauses) ? Seconds{} : found->time;
}

}  // namespace

Watts mean_power(const OpCost& cost, const Machine& machine) {
  const EnergyRates& rates = machine.energy;
  Activity activity = cost.activity;
  for (Flops& flops : activity.flops)
    flops *= cost.mean_share;
  return min(regulated * rates.limit, rates.active + dynamic_energy(rates, activity) / cost.time);
}

Watts power_reading(const MeasuredOperator& op, const OpCost& cost, const Machine& machine) {
  const Watts running = mean_power(cost, machine);
  if (!machine.timed_alone) return running;
  const EnergyRates& rates = machine.energy;
  const Watts waiting = rates.idle + waiting_share * (rates.active - rates.idle);
  return waiting + (running - waiting) * (cost.time / (cost.time + pause_of(op)));
}

}  // namespace infersim
