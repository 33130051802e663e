#pragma once

#include <memory>

#include "infersim/cost/efficiency.hpp"
#include "infersim/hardware/device.hpp"

// What a chip's own figures change in the kernels of its family.
namespace infersim::detail {

/// A kernel on an engine whose number of units is unknown. What its parameters say of tiles belongs
/// to the chips they were fitted to, so none of it is carried over: work is not padded, divides
/// evenly and waits for no tile. What stays is what full tiles reach there, the launch, the passes
/// and the fixed times. No fraction is above 1, which only the terms that are dropped take back:
///
///     GEMM      compute rc / (rc + side (r + c) + widen c)   of the largest tile r x c
///     experts   compute r / (r + tile_extra)
KernelEfficiency without_tiles(KernelClass kind, const KernelEfficiency& kernel);

/// Scores a second and unit of a kernel that was fitted where a unit makes `fitted` exponentials a
/// second, on one that makes `own`: of the time of a score, 1 / rate, the exponential is at most
/// 1 / fitted, and that part alone changes.
///
///     1 / rate' = 1 / rate - min(1 / rate, 1 / fitted) (1 - fitted / own)
double scores_a_second(double rate, double fitted, double own);

/// A family's kernels on that engine: without tiles where its units are not counted, and with its
/// own rate of exponentials where both it and the family's are known. A table of the very device
/// stays as it is. The same table if nothing changes.
std::shared_ptr<const KernelTable> kernels_on(const Engine& engine, const Efficiency& efficiency);

}  // namespace infersim::detail
