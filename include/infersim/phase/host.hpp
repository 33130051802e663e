#pragma once

#include "infersim/core/quantity.hpp"

namespace infersim {

/// What the host of an engine adds to steps.
///
///     decode step:               device + step
///     step that holds a prefill: max(device + step, layers x per_layer_launch)
///
/// Decode steps are replayed from a captured graph, so that the host does next to nothing for each
/// of them; steps with prompts in them are launched kernel by kernel, or graph piece by graph
/// piece, and last no less than the host needs for that, however few tokens they hold. Fails for:
/// engines that capture prefills too.
struct HostOverhead {
  Seconds step;              ///< host time of one step that is not hidden behind the device
  Seconds per_layer_launch;  ///< host time to launch one layer of a step that holds a prefill

  friend bool operator==(const HostOverhead&, const HostOverhead&) = default;
};

}  // namespace infersim
