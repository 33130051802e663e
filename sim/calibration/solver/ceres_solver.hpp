#pragma once

#include "infersim/calibration/least_squares.hpp"

namespace infersim {

/// Levenberg-Marquardt within bounds (Ceres: trust region with projected steps), derivatives by
/// differences. One thread, no randomness: the same problem has the same answer to the last bit.
LeastSquaresMinimum solve_with_ceres(const LeastSquares& problem);

}  // namespace infersim
