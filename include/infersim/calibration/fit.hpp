#pragma once

#include <string>

#include "infersim/calibration/fit_error.hpp"
#include "infersim/calibration/fit_group.hpp"
#include "infersim/calibration/fit_problem.hpp"

namespace infersim {

/// What a fit of one group came to.
struct GroupFit : FitOutcome {
  KernelEfficiency parameters;  ///< as they are when written
};

/// Fits the free parameters of a group.
GroupFit fit_group(const FitGroup& group, const LeastSquaresSolver& solve,
                   const FitOptions& options);

/// The residual spread of a fit as descriptions keep it.
KernelResidual residual_of(const FitRows& group, const FitOutcome& fit);

/// Framework and version, rows and errors by regime in words.
std::string note_of(const FitRows& group, const FitOutcome& fit);

}  // namespace infersim
