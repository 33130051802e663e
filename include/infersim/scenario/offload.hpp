#pragma once

#include <optional>
#include <string>

#include "infersim/core/catalog.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/host.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/phase/placement.hpp"
#include "infersim/scenario/asked_offload.hpp"

namespace infersim {

struct Scenario;

/// Weights of one device that lie in the memories around it, and what these are.
struct Offload {
  Placement placement;
  OtherMemories others;
  std::optional<Device> host;  ///< none: the device shares its memory with its processor
  std::optional<Host> joined;  ///< how host and device are joined
  Flash flash;

  /// Whether the host is a second device, which is counted, powered and paid as the first is.
  [[nodiscard]] bool second_device() const { return others.second_device; }
};

/// The id of the processor beside a device: as asked for, else the system's, else the usual one.
/// Empty if the device shares its memory with its own.
std::string host_of(const AskedOffload& asked, const Device& device, const System& system);

/// The memories around a device, with nothing placed in them. Throws InputError where the host that
/// is named has no processor, or the device needs none.
Offload find_offload(const Catalog& catalog, const AskedOffload& asked, const Device& device,
                     const System& system);

/// What the question pins, and of the rest what makes the most tokens: layers (counted from the
/// output, the head first) or layers' experts as few on the host as memory allows, whichever is
/// faster; on flash as few layers as fit nowhere else. Where nothing fits it is the nearest to it.
Placement choose_placement(const Scenario& scenario);

}  // namespace infersim
