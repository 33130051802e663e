#include "workload/gguf_share.hpp"

#include <algorithm>

namespace infersim::detail {

void GgufShare::add(const GgufType& type, double values) {
  if (values <= 0) return;
  by_type_[type.run_as()] += values;
  values_ += values;
  bits_ += values * type.bits();
}

std::optional<NumberType> GgufShare::type() const {
  const auto most =
      std::max_element(by_type_.begin(), by_type_.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == by_type_.end() ? std::nullopt : std::optional(most->first);
}

double GgufShare::bits() const { return values_ > 0 ? bits_ / values_ : 0; }

}  // namespace infersim::detail
