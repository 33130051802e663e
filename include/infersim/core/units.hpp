#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "infersim/core/quantity.hpp"

namespace infersim {

/// Why a text is no quantity: what was wrong and what would be right.
struct UnitFault {
  std::string message;
  std::string hint;
};

/// Reads `4.8 TB/s`, `989 TFLOP/s`, `12 us`, `2.5 USD/h`, `0.085 USD/kWh`, `3.9 pJ/bit`, `582
/// g/kWh`: a finite decimal number, then a unit of dimension `dimension`. GB is 1e9 bytes and GiB
/// 2^30; `b` is a bit and `B` a byte. Negative values are faults: nothing described here can be
/// negative. A bare number is a fault whose hint lists the units that would do.
tl::expected<double, UnitFault> parse_quantity(std::string_view text, Dim dimension);

/// The units that are usual for a dimension, as hints list them: `GB/s, TB/s`; empty if none is.
std::string usual_units(Dim dimension);

template <Dim D>
tl::expected<Quantity<D>, UnitFault> parse_quantity(std::string_view text) {
  return parse_quantity(text, D).map([](double base) { return Quantity<D>{base}; });
}

}  // namespace infersim
