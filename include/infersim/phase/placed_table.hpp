#pragma once

#include <memory>

#include "infersim/core/quantity.hpp"
#include "infersim/phase/step_table.hpp"

namespace infersim {

/// What the segments of a step table with weights elsewhere refer to.
struct PlacedTable {
  /// The same plan lowered for the host; null if there is none.
  std::shared_ptr<const StepTable> host;
  Bandwidth link;
  Seconds latency;
  Bandwidth flash;
  bool second_device = false;  ///< the host is another device: nothing is streamed from it
};

}  // namespace infersim
