#pragma once

#include <optional>
#include <string>

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/calibration/measured_table.hpp"

namespace infersim {

/// What a table of operators measures, told by its columns alone (docs/validate.md lists them);
/// empty if they are none of those.
std::optional<OperatorKind> operator_kind(const MeasuredTable& table);

/// What the kind of table that comes nearest would need besides: `a table of GEMMs has also
/// columns n, k`.
std::string nearest_operator_table(const MeasuredTable& table);

}  // namespace infersim
