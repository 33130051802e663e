#include "infersim/hardware/missing_link.hpp"

#include <fmt/format.h>

namespace infersim {

std::optional<Suspicion> missing_link(const System& system, const Device& device) {
  if (device.scale_up) return std::nullopt;
  const std::string link = fmt::format("`{}` ({}) has no [scale_up] link", device.id, device.path);
  const std::string add =
      "add [scale_up] with `name`, `per_direction` and `energy` to the device, or to a copy of its "
      "file under another id";
  if (system.scale_up.topology != Topology::none) {
    return Suspicion{"scale_up.topology",
                     fmt::format("a {} of {} devices, but {}", name(system.scale_up.topology),
                                 system.scale_up.domain, link),
                     add +
                         "; or make the topology `none` and the domain 1, and describe what joins "
                         "devices in [scale_out]"};
  }
  if (device.ranks > 1) {
    return Suspicion{"device", fmt::format("{} ranks in each device, but {}", device.ranks, link),
                     add};
  }
  return std::nullopt;
}

}  // namespace infersim
