#pragma once

#include <algorithm>
#include <cstdint>

#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

// The terms that the equations of kernels have in common.
namespace infersim::detail {

inline double bytes_of(NumberType type) { return storage_size(type).base(); }

/// Size of heads that kernels are not made for: they are padded by a copy.
inline constexpr double odd_head_values = 192;

/// The whole part of what is not negative, and the next whole number. The library's floor and ceil
/// are calls, and these are in the inner loop of a search. From 2^53 on there are no other numbers.
inline double whole_part(double x) {
  return x < 0x1p53 ? static_cast<double>(static_cast<std::int64_t>(x)) : x;
}
inline double whole(double x) {
  const double down = whole_part(x);
  return down < x ? down + 1.0 : down;
}

/// Rows of a tile for m rows: no larger than needed, in powers of two within [least, most].
double tile_rows_for(double m, double least, double most);

/// Time of `moved` bytes, over what memory would take, where a benchmark repeats one kernel: all of
/// up to `warm` times the cache is still there from the last run, nothing of twice as much and more
/// (cyclic reuse under LRU), and it is read `gain` times as fast. 1 in a running engine: other
/// layers pass between.
inline double warm_factor(const Machine& machine, double warm, double gain, Bytes moved) {
  if (!machine.timed_alone || warm <= 0.0 || machine.cache_capacity <= Bytes{}) return 1.0;
  const double kept = std::clamp(2.0 - moved / (warm * machine.cache_capacity), 0.0, 1.0);
  return 1.0 - kept + kept / gain;
}

/// Joins the terms of a kernel to its time and says what bounds it: `tile_efficiency` is the cost's
/// by then.
void finish(OpCost& cost, const KernelEfficiency& efficiency);
/// The same of a part of a kernel, whose latency is not the whole's.
void finish(OpCost& cost, const KernelEfficiency& efficiency, Seconds latency);

/// The same of a kernel that multiplies in `type`. Fractions above 1 and times of tiles are those
/// of the chips they were fitted to; on none may a kernel beat the peak or the memory that it moves
/// its bytes through, however its terms add up. `compute` is the fraction that the fit has.
void finish(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
            NumberType type);

/// Traffic of kernels of linear attention, some of which a benchmark leaves warm.
void add_scan_memory(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
                     Bytes moved);

}  // namespace infersim::detail
