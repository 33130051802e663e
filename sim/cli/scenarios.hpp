#pragma once

#include <vector>

#include "cli/options.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim::cli {

/// The scenario of each question. Throws InputError with every fault of the options and of all
/// questions, each once.
std::vector<Scenario> load_scenarios(const Options& options,
                                     const std::vector<Question>& questions);

}  // namespace infersim::cli
