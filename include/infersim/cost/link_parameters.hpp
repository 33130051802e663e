#pragma once

#include <span>

#include "infersim/cost/link_efficiency.hpp"
#include "infersim/cost/parameter.hpp"

namespace infersim {

/// Those of all communication: `[links]`.
std::span<const Parameter<LinkEfficiency>> link_parameters();

/// Those of an operation of a library: `[links.<operation>]`.
std::span<const Parameter<LibraryEfficiency>> library_parameters();

/// Those of a framework's own all-reduce: `[links.custom]`.
std::span<const Parameter<CustomAllReduce>> custom_parameters();

/// Those of a pass of an exchange: `[links.exchange.<kernels>.<pass>]`.
std::span<const Parameter<ExchangeEfficiency>> exchange_parameters();

/// Those of one of these, for code that serves all.
inline std::span<const Parameter<LibraryEfficiency>> parameters_of(const LibraryEfficiency&) {
  return library_parameters();
}
inline std::span<const Parameter<CustomAllReduce>> parameters_of(const CustomAllReduce&) {
  return custom_parameters();
}
inline std::span<const Parameter<ExchangeEfficiency>> parameters_of(const ExchangeEfficiency&) {
  return exchange_parameters();
}

}  // namespace infersim
