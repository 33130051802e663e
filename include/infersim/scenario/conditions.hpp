#pragma once

#include <string>
#include <vector>

#include "infersim/scenario/evaluate.hpp"

namespace infersim {

/// What every answer must meet whatever was asked, and this one does not, each in words with its
/// number; empty if it meets all. Checked in every build before an answer leaves `evaluate`:
///
///     times, rates, energies, powers and prices   finite, not negative, above 0 where time passes
///     shares                                      from 0 to 1
///     board power                                 from idle to the limit, to 2 %
///     sequences                                   no more decode than have a slot
///     price of the hour                           rent + capital + energy + hosting
///     tokens of a request                         pay the system time that it occupies
std::vector<std::string> broken_conditions(const Scenario& scenario, const Evaluation& answer);

}  // namespace infersim
