#pragma once

#include <cstddef>

#include "infersim/calibration/fit_problem.hpp"
#include "infersim/calibration/link_description.hpp"

namespace infersim {

/// Rows of one operation of a communication library on a family, of a framework's all-reduce, or of
/// a pass of its exchange.
struct LinkGroup : FitRows {
  LinkTables described;  ///< what is refined
};

/// Of fewer rows no fit is made: they do not tell one protocol from the other.
inline constexpr std::size_t least_link_rows = 30;

/// What a fit of collectives came to.
struct LinkFit : FitOutcome {
  LinkTables tables;  ///< as they are when written
};

/// Makes the library's parameters those of a machine.
void install(const LinkTables& library, Machine& machine);

/// Fits the free parameters of all tables of a group together: those of a server to rows of its
/// devices, the main table's to those of all that do not have their own. Limits, their exponents,
/// what is held and what is 0 stay as described. As fit_problem does, without a prior.
LinkFit fit_links(const LinkGroup& group, const LeastSquaresSolver& solve, FitOptions options);

}  // namespace infersim
