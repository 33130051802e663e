#pragma once

#include <optional>
#include <string>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/hardware/device.hpp"

namespace infersim {

/// The computer around a device that has memory of its own: processor and memory are those of
/// another description, the link between is this product's.
struct Host {
  std::string device;  ///< id of a processor
  Bandwidth link;      ///< between its memory and the device's, per direction
  Seconds latency;     ///< of one hand-over: a copy started, and the other side told
  Provenance provenance;
};

/// Where weights lie that no memory has room for.
struct Flash {
  Bandwidth bandwidth;  ///< at which large blocks are read
  Provenance provenance;
};

/// Whether the engines of a device share its memory with a processor that runs programs: what lies
/// in the memory of such a host is in the device's already.
bool shares_memory(const Device& device);

/// The host of a device whose product describes none: a current one of its class, on PCIe. None
/// where the device shares its memory with its processor.
std::optional<Host> usual_host(const Device& device);

/// The flash of a product that describes none.
Flash usual_flash(const Device& device);

}  // namespace infersim
