#pragma once

#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

// The terms that the equations of kernels have in common.
namespace infersim::detail {

inline double bytes_of(NumberType type) { return storage_size(type).base(); }

/// Rows of a tile for m rows: no larger than needed, in powers of two within [least, most].
double tile_rows_for(double m, double least, double most);

struct KernelTraffic {
  Bytes memory;
  Bytes on_chip;
};

/// Joins the terms of a kernel to its time and says what bounds it.
void finish(OpCost& cost, const KernelEfficiency& efficiency);
/// The same of a part of a kernel, whose latency is not the whole's.
void finish(OpCost& cost, const KernelEfficiency& efficiency, Seconds latency);

void add_memory(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
                KernelTraffic traffic);

/// Compute time of `items` tiles of `flops_per_item` spread over the machine's units.
void add_compute(OpCost& cost, const Machine& machine, const KernelEfficiency& efficiency,
                 NumberType type, double items, double flops_per_item, double useful);

}  // namespace infersim::detail
