#pragma once

#include <vector>

#include "referee/scenario_draw.hpp"

namespace infersim::referee {

/// Chips and models of the catalogue on plans of one to sixteen devices, with the schedulers of
/// every framework: some of each architecture.
std::vector<Subject> real_subjects();

}  // namespace infersim::referee
