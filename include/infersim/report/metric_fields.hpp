#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/report/schema.hpp"

namespace infersim {

/// The fields of the record whose values may be numbers that come out (`FieldRole::metric`).
std::vector<const Field*> metric_fields();

/// The metric of that path, or whose path ends with that key where it is the only one or the mixed
/// service has it. Throws InputError with the nearest names.
const Field& metric_field(std::string_view name, std::string_view option);

/// Its value; none where it has none or it is no number.
std::optional<double> metric_value(const Field& field, const Answer& answer);

/// What the field of that path says in words; empty where it says nothing.
std::string field_text(std::string_view path, const Answer& answer);

}  // namespace infersim
