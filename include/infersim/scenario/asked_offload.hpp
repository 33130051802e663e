#pragma once

#include <limits>
#include <optional>
#include <string>

namespace infersim {

/// Of layers: all there are.
inline constexpr int all_layers = std::numeric_limits<int>::max();

/// What a question says of weights outside the device's memory. Nothing leaves it unasked.
struct AskedOffload {
  bool automatic = false;           ///< `--offload auto`: what is not pinned is chosen
  std::optional<int> gpu_layers;    ///< on the device, the head counted as one of them
  std::optional<int> cpu_experts;   ///< layers, from the first, with routed experts on the host
  std::optional<int> flash_layers;  ///< layers, from the first, on flash
  bool flash_automatic = false;     ///< as many as fit nowhere else
  std::optional<std::string> host;  ///< a processor, or a system with one

  std::string second;  ///< device beside the first: `--hw a+b`

  /// Of weights in other memories than those of devices.
  [[nodiscard]] bool any() const {
    return automatic || gpu_layers || cpu_experts || flash_layers || flash_automatic;
  }
};

}  // namespace infersim
