#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/diagnostic.hpp"

namespace infersim {

/// The values that one argument of an axis means, as text: `8192`; a list with commas `1,2,4`;
/// ranges, both ends included where the last step meets them: `1..4` (steps of 1), `0..100+25`
/// (steps of 25), `1..1024*2` (each twice the last), `1..7/3` (three values, evenly spaced); a unit
/// follows the last end (`2..64TB/s*2`). Numbers are rounded to 12 significant digits. A value that
/// does not begin with a number is no range, so that `../model.json` is a path.
///
/// `commas`: whether they set values apart, or belong to the value. What is malformed is a fault
/// that names `option`.
std::vector<std::string> values_of(std::string_view option, std::string_view text, bool commas,
                                   Diagnostics& faults);

}  // namespace infersim
