#include "infersim/validation/interval.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace infersim {
namespace {

constexpr std::array<Interval, all_regimes.size()> latencies = {{
    {0.88, 1.16},  // fitted
    {0.88, 1.16},  // model: an operator knows of none
    {0.75, 1.35},  // chip
    {0.7, 1.4},    // inherited
    {0.5, 2.0},    // concept: a factor of two in what nobody can measure
}};

constexpr Interval powers{0.79, 1.8};

Regime links_regime(const Device& device, const Efficiency& efficiency) {
  if (device.is_concept) return Regime::concept_chip;
  const auto& scopes = efficiency.scopes;
  const bool own = std::any_of(scopes.begin(), scopes.end(), [](const EfficiencyScope& scope) {
    return !scope.inherited && scope.parameter.starts_with("links");
  });
  return own ? Regime::fitted : Regime::inherited;
}

/// The residual of the library that the kernel's name tells, else of its class and format.
const KernelResidual& residual_of(const MeasuredOperator& op, const Efficiency& efficiency,
                                  KernelId id) {
  const KernelVariant* variant = efficiency.variant(id, op.kernel, op.labels.op);
  return variant != nullptr && variant->residual.rows > 0 ? variant->residual
                                                          : efficiency.fitted(id);
}

/// Of a pass of an exchange whose kernels were fitted.
std::optional<Interval> exchange_interval(const MeasuredOperator& op,
                                          const Efficiency& efficiency) {
  const auto* exchange = std::get_if<MeasuredExchange>(&op.shape);
  if (exchange == nullptr) return std::nullopt;
  const ExchangeKernels* kernels = efficiency.links.exchange(op.kernel);
  if (kernels == nullptr) return std::nullopt;
  const ResidualSpread& spread = kernels->pass(exchange->pass).residual.spread;
  if (spread.p10 <= 0) return std::nullopt;
  return Interval{spread.p10, spread.p90};
}

}  // namespace

Interval class_wide_interval(Regime regime, Metric metric) {
  return metric == Metric::power ? powers : latencies[static_cast<std::size_t>(regime)];
}

Interval operator_interval(const MeasuredOperator& op, const Device& device,
                           const Efficiency& efficiency, Metric metric) {
  const auto kernel = kernel_class(op);
  if (const auto fitted = exchange_interval(op, efficiency)) return *fitted;
  if (!kernel) return class_wide_interval(links_regime(device, efficiency), metric);
  const KernelId id{*kernel, op.types.format};
  const Regime regime = kernel_regime(device, efficiency, id);
  const KernelResidual& residual = residual_of(op, efficiency, id);
  const auto known = [](const ResidualSpread& spread) { return spread.p10 > 0; };
  if (metric != Metric::power) {
    const ResidualSpread& chips = residual.chip_spread;
    if (regime == Regime::fitted && known(residual.spread)) {
      return {residual.spread.p10, residual.spread.p90};
    }
    if (regime == Regime::chip && known(chips)) return {chips.p10, chips.p90};
  }
  return class_wide_interval(regime, metric);
}

}  // namespace infersim
