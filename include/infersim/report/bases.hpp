#pragma once

#include <string>
#include <vector>

#include "infersim/hardware/device.hpp"

namespace infersim {

/// On what the figures of devices rest, as Markdown: a legend, a table with one row for each device
/// (by class, then id) and a column for each figure, and how many rest on what.
std::string bases_table(std::vector<Device> devices);

}  // namespace infersim
