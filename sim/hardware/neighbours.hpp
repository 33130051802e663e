#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "infersim/hardware/device.hpp"

// Which devices can be compared with which.
namespace infersim::hardware {

/// The node of a process in nm, neighbours that differ little as one (4 and 5: 5; 6 and 7: 7; 8 and
/// 10: 10; 12 to 16: 16). 0 if the text names none.
int process_node(std::string_view process);
/// That of a device; 0 if it does not say.
int process_node(const Device& device);

/// `HBM`, `GDDR`, `LPDDR`, or `other` (SRAM, stacked DRAM) for main memory. What says its stacks is
/// HBM, whatever its vendor calls it.
std::string_view memory_kind(const Device& device);

using DeviceRefs = std::vector<std::reference_wrapper<const Device>>;

/// Those of another id that are of its family, its class and, as far as both say, its process.
DeviceRefs relatives(const Device& device, std::span<const Device> others);
/// Those of another id with its class and its kind of memory.
DeviceRefs peers(const Device& device, std::span<const Device> others);

/// Dense 16-bit peak of the engine that runs prefill: BF16, else FP16; 0: neither.
FlopRate half_peak(const Device& device);

/// The value below which `share` of the values lie, interpolated; they need not be sorted. There is
/// at least one.
double quantile(std::vector<double> values, double share);

}  // namespace infersim::hardware
