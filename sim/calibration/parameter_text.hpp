#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infersim/cost/kernel_residual.hpp"
#include "infersim/cost/parameter.hpp"

namespace infersim::detail {

/// The number of five digits that is nearest.
double rounded(double value);

/// Text as TOML.
std::string quoted(std::string_view text);

/// A parameter as TOML, with five digits.
std::string literal(ParameterUnit unit, double value);

/// A residual as an inline table.
std::string literal(const KernelResidual& residual);

/// Texts as a TOML array; empty if there are none.
std::string quoted_list(const std::vector<std::string>& texts);

/// Keys and what they are, as TOML.
using Lines = std::vector<std::pair<std::string, std::string>>;

/// Adds them with aligned values.
void write_lines(std::string& text, const Lines& lines);

/// Makes parameters those that are read back from what is written of them.
template <class Owner>
void round_parameters(std::span<const Parameter<Owner>> parameters, Owner& owner) {
  for (const Parameter<Owner>& parameter : parameters) {
    const bool whole =
        parameter.unit == ParameterUnit::whole || parameter.unit == ParameterUnit::flag;
    if (!whole) parameter.set(owner, rounded(parameter.get(owner)));
  }
}

}  // namespace infersim::detail
