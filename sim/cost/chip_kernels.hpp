#pragma once

#include <memory>

#include "infersim/cost/efficiency.hpp"
#include "infersim/hardware/device.hpp"

// What a chip's own figures change in the kernels of its family or class.
namespace infersim::detail {

/// A kernel on an engine whose number of units is unknown. What its parameters say of tiles belongs
/// to the chips they were fitted to, so none of it is carried over: work is not padded, divides
/// evenly and waits for no tile. What stays is what full tiles reach there, the launch, the passes
/// and the fixed times. No fraction is above 1, which only the terms that are dropped take back:
///
///     GEMM      compute rc / (rc + side (r + c) + widen c)   of the largest tile r x c
///     experts   compute r / (r + tile_extra)
KernelEfficiency without_tiles(KernelClass kind, const KernelEfficiency& kernel);

/// A kernel on a chip that computes `share` times as much as the chips it was fitted to while it
/// brings its operands: what tiles cost beside their own rows stands for bringing operands through
/// a unit, and takes as many rows less (`side`, `widen`, `tile_extra`, `least_tile_rows`,
/// `least_rows`). Where the share is under a quarter, a GEMM has no tiles: its lowest would still
/// be padding. A share of 1 or more changes nothing.
KernelEfficiency with_narrower_tiles(KernelClass kind, const KernelEfficiency& kernel,
                                     double share);

/// Scores a second and unit of a kernel that was fitted where a unit makes `fitted` exponentials a
/// second, on one that makes `own`: of the time of a score, 1 / rate, the exponential is at most
/// 1 / fitted, and that part alone changes.
///
///     1 / rate' = 1 / rate - min(1 / rate, 1 / fitted) (1 - fitted / own)
double scores_a_second(double rate, double fitted, double own);

/// The kernels of a device on one of its engines:
///
///   - without tiles where its units are not counted;
///   - with narrower tiles, by flops of the products' type for each byte of memory where they are
///     the class's, by flops of a unit where they are the family's;
///   - with the device's own exponentials where both they and the family's are known, unless a
///     table of the very device says what it reaches.
///
/// The same table if nothing changes.
std::shared_ptr<const KernelTable> kernels_on(const Device& device, const Engine& engine,
                                              const Efficiency& efficiency);

}  // namespace infersim::detail
