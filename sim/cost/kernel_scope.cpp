#include "infersim/cost/kernel_scope.hpp"

#include <algorithm>

#include "infersim/cost/efficiency.hpp"
#include "infersim/hardware/device.hpp"

namespace infersim {

Regime kernel_regime(const Device& device, const Efficiency& efficiency, KernelId id) {
  if (device.is_concept) return Regime::concept_chip;
  const KernelScope& origin = efficiency.origin(id);
  const bool measured = origin.basis == Basis::measured || origin.basis == Basis::datasheet;
  if (origin.family != device.family || !measured) return Regime::inherited;
  const auto& chips = efficiency.fitted(id).chips;
  const bool own = std::find(chips.begin(), chips.end(), device.id) != chips.end();
  return own ? Regime::fitted : Regime::chip;
}

}  // namespace infersim
