#pragma once

#include <string>
#include <vector>

#include "demands/table.hpp"

namespace infersim::catalogue_table {

using demands::Row;
using demands::Section;

/// Remarks that begin so name what is known to be missing: a miss, but not a failure of the test.
inline constexpr const char* open = "open: ";

/// Chips that users asked for, each by the name that they type.
Section chips();
/// Models that users asked for: their counts against the published ones.
Section models();
/// Names of number types with the sizes of published files.
Section formats();
/// Figures of descriptions that were once wrong.
Section corrections();
/// Every configuration beside this repository, imported. Empty where there is none.
Section configurations();
/// Commands on which the program was once wrong.
Section cases();

}  // namespace infersim::catalogue_table
