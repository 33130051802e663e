#include "infersim/hardware/host.hpp"

namespace infersim {
namespace {

constexpr Bandwidth gigabyte_per_second{1e9};

Provenance assumed(std::string note) {
  Provenance provenance;
  provenance.basis = Basis::assumed;
  provenance.note = std::move(note);
  return provenance;
}

}  // namespace

bool shares_memory(const Device& device) { return device.engine_of(EngineKind::cpu) != nullptr; }

std::optional<Host> usual_host(const Device& device) {
  if (shares_memory(device)) return std::nullopt;
  if (is_edge(device.device_class)) {
    return Host{"ryzen-9-9950x", 25.0 * gigabyte_per_second, 20.0 * microsecond,
                assumed("PCIe 4.0 x16, of whose 32 GB/s copies reach four fifths")};
  }
  return Host{"epyc-9755", 50.0 * gigabyte_per_second, 20.0 * microsecond,
              assumed("PCIe 5.0 x16, of whose 64 GB/s copies reach four fifths")};
}

Flash usual_flash(const Device& device) {
  switch (device.device_class) {
    case DeviceClass::phone:
      return {2.8 * gigabyte_per_second,
              assumed("UFS 4.0, of whose 4.2 GB/s a file that is mapped reaches two thirds")};
    case DeviceClass::embedded:
      return {1.0 * gigabyte_per_second, assumed("a drive on few lanes of PCIe")};
    case DeviceClass::pc:
    case DeviceClass::datacenter: break;
  }
  return {5.0 * gigabyte_per_second,
          assumed("a drive of 7 GB/s, of which a file that is mapped reaches two thirds")};
}

}  // namespace infersim
