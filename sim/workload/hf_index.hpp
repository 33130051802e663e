#pragma once

#include "infersim/core/diagnostic.hpp"
#include "infersim/workload/count.hpp"
#include "infersim/workload/hf_config.hpp"

namespace infersim::detail {

/// `metadata.total_size` of a model.safetensors.index.json: the bytes of all weights; 0 if it does
/// not say. The map of weights, which is most of the file, is not looked at.
Count read_hf_index(const HfFile& index, Diagnostics& faults);

}  // namespace infersim::detail
