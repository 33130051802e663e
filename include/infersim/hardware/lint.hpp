#pragma once

#include <span>
#include <vector>

#include "infersim/core/suspicion.hpp"
#include "infersim/hardware/device.hpp"

namespace infersim {

/// Figures of a device that are legal and look like one of the usual mistakes, judged by physics
/// and by the `others`, of which one with the same id is passed over:
///
/// - **Sparse peaks.** A number type more than 3.2 x the rate of the next wider one (honest steps
///   are 2, some 3). More than 1.6 x as much per unit (SM, CU, core) as any relative: same family,
///   class and process. Where units are not known, 1.9 to 2.1 x a relative with the same memory.
///   Without such relatives more than 1.6 x as many 16-bit flops per mm2 of die as its neighbours:
///   same class, kind of engine and memory, same process, 2/3 to 3/2 of the area; of them the
///   median of the families' densest, so that one dense family does not hide another's mistake.
/// - **Links of both directions.** 1.9 to 2.1 x the fastest other link of that name and vendor, by
///   die; over what 16 lanes of that PCIe generation carry; over 0.265 of main memory's bandwidth
///   beside HBM (the fastest published has 0.261).
/// - **Memory.** Flops per byte (16-bit peak over bandwidth) far out of what others of its class
///   and kind of memory have: three widths of their middle half beyond it, as logarithms. HBM of a
///   capacity that no stacks of 4, 8, 16, 24, 36 or 48 GB or GiB make, up to 7 % kept back.
///   Bandwidth beyond what such stacks have.
/// - **Money** without a date.
///
/// Processes are compared by node: the number before ` nm` or else the first one (not that of
/// N+2); 4 and 5, 6 and 7, 8 and 10, 12 to 16 nm count as one, so do TSMC 4N, 4NP and N5; foundries
/// are not told apart. A table that says `unusual` is not judged.
std::vector<Suspicion> suspicions(const Device& device, std::span<const Device> others);

}  // namespace infersim
