#include "infersim/validation/interval.hpp"

#include <algorithm>

namespace infersim {

std::string_view name(Regime regime) { return regime == Regime::fitted ? "fitted" : "inherited"; }

Interval interval_for(Regime regime) {
  // The spread of single operators on chips that were fitted, and of those that were left out.
  return regime == Regime::fitted ? Interval{0.83, 1.2} : Interval{0.7, 1.4};
}

Interval reading_interval() {
  // The mean over H200, B200 and GB200 of the deciles of measured over predicted.
  return {0.79, 1.8};
}

Regime regime_of(const Efficiency& efficiency, std::string_view parameter) {
  const auto& scopes = efficiency.scopes;
  const bool own = std::any_of(scopes.begin(), scopes.end(), [&](const EfficiencyScope& scope) {
    return !scope.inherited && scope.parameter.starts_with(parameter);
  });
  return own ? Regime::fitted : Regime::inherited;
}

}  // namespace infersim
