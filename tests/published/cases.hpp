#pragma once

#include <string>
#include <vector>

#include "published/table.hpp"

namespace infersim::published {

/// Whether a class may say that its points are of that set: `servers`, `edge`, `power`, `bytes`.
bool is_case_set(std::string_view name);

/// What people reported of machines of their own, by set: how many points lie within the bar and
/// within the interval that is printed beside them, each against what is demanded. Empty where no
/// class is of a set.
std::string cases_section(const std::vector<Rows>& classes);

}  // namespace infersim::published
