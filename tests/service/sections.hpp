#pragma once

#include <cstddef>

#include "demands/table.hpp"

namespace infersim::service {

using demands::holds;
using demands::Row;
using demands::Section;

/// Every row of the measured tables asked as anybody can ask it, beside what `validate` says of it;
/// errors and how much the intervals hold. Empty where the tables are not there.
std::vector<Section> measured_rows();

/// Random questions over chips, models, plans, lengths and batches: what every answer must meet.
Section conditions(std::size_t questions);

/// The inputs on which the service was wrong, with what is right.
Section cases();

/// Times of searches on this machine.
Section search_times();

}  // namespace infersim::service
