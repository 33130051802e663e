#pragma once

#include "infersim/validation/served_point.hpp"

namespace infersim {

/// Share of a measured run's time in which its engines would do its work at the peaks of chip and
/// links, kernel after kernel:
///
///     share = N / T (p + (osl - 1) d / N)
///     T     = ttft + (osl - 1) tpot
///
/// with N requests in flight in a group, p the time of a prompt and d that of a decode step of N
/// sequences. A kernel takes at least its flops over the peak, and attention of decode its cache
/// over the bandwidth of memory; collectives take their bytes over the links. Weights do not count:
/// steps of prompts and answers share them. No engine comes near 1; what is above did less work
/// than the row says, as with prompts that were cached. Holds for: engines that do both phases.
/// 0 for pools, and where a time was not measured.
double peak_share(const ServingPoint& point, const ServedPoint& served);

}  // namespace infersim
