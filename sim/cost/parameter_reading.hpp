#pragma once

#include <cstdint>
#include <span>

#include "infersim/core/toml_reader.hpp"
#include "infersim/cost/parameter.hpp"

namespace infersim::detail {

/// Reads the key of one parameter, which the table must have.
template <class Owner>
void read_parameter(TableReader& table, const Parameter<Owner>& parameter, Owner& into) {
  const std::string_view key = parameter.key;
  switch (parameter.unit) {
    case ParameterUnit::number:
      parameter.set(into, table.number(key, parameter.least, parameter.most));
      break;
    case ParameterUnit::whole:
      parameter.set(into, static_cast<double>(table.integer(
                              key, {.least = static_cast<std::int64_t>(parameter.least),
                                    .most = static_cast<std::int64_t>(parameter.most)})));
      break;
    case ParameterUnit::flag: parameter.set(into, table.boolean(key) ? 1.0 : 0.0); break;
    case ParameterUnit::seconds: parameter.set(into, table.quantity<Seconds>(key).base()); break;
    case ParameterUnit::bytes: parameter.set(into, table.quantity<Bytes>(key).base()); break;
    case ParameterUnit::bytes_per_second:
      parameter.set(into, table.quantity<Bandwidth>(key).base());
      break;
  }
}

/// Reads the parameters that the table has, or all of them; true if there were any.
template <class Owner>
bool read_parameters(TableReader& table, std::span<const Parameter<Owner>> parameters, Owner& into,
                     bool all = false) {
  bool any = false;
  for (const Parameter<Owner>& parameter : parameters) {
    if (!all && !table.has(parameter.key)) continue;
    read_parameter(table, parameter, into);
    any = true;
  }
  return any;
}

}  // namespace infersim::detail
